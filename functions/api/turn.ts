/** Runs one act after another, in the order they were asked: for a check and the write that depends on it. */
export function inTurn(): (act: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    // The next one waits for this one's end, whatever it is.
    last = mine.catch(() => {});
    return mine;
  };
}
