// What kind of texts a project's batches hold, as its requester's operator says: contributors read it
// before they choose.

/**
 * public: texts that were published; personal: that people wrote for few eyes; sensitive: that may
 * disturb.
 */
export const contentClasses = ['public', 'personal', 'sensitive'] as const;

export type ContentClass = (typeof contentClasses)[number];
