// How hard it may work, in three named levels: shares of the time, in percent.
export const levels = { gentle: 25, steady: 60, full: 100 } as const;
export const dutyPercentMin = 5;
export const dutyPercentMax = 100;
