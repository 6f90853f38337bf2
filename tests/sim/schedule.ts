// Who wakes when: a binary heap by time, ties by who was added first, so that a seed is one run.

interface Wake {
  at: number;
  who: number;
}

export interface Schedule {
  add(at: number, who: number): void;
  take(): Wake | null;
}

export function openSchedule(): Schedule {
  const heap: (Wake & { order: number })[] = [];
  let order = 0;
  const isBefore = (a: number, b: number) =>
    heap[a].at < heap[b].at || (heap[a].at === heap[b].at && heap[a].order < heap[b].order);
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b], heap[a]];
  };
  return {
    add(at, who) {
      let place = heap.push({ at, who, order: order++ }) - 1;
      for (; place > 0 && isBefore(place, (place - 1) >> 1); place = (place - 1) >> 1) {
        swap(place, (place - 1) >> 1);
      }
    },
    take() {
      if (heap.length === 0) return null;
      swap(0, heap.length - 1);
      const { at, who } = heap.pop() as Wake;
      for (let place = 0; ; ) {
        const children = [2 * place + 1, 2 * place + 2].filter((child) => child < heap.length);
        const least = children.reduce((a, b) => (isBefore(b, a) ? b : a), place);
        if (least === place) break;
        swap(place, least);
        place = least;
      }
      return { at, who };
    },
  };
}
