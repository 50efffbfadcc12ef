// Lists that are longer than what a test's server has, and how long a page is busy with them.

/** Answers a list's pages of 500 for `page.route`, made by `row(i)`. */
export function manyRows(count, row) {
  return (route) => {
    const url = new URL(route.request().url()), from = Number(url.searchParams.get('cursor') ?? 0), size = Number(url.searchParams.get('limit') ?? 50);
    const data = Array.from({ length: Math.min(size, count - from) }, (_, i) => row(from + i));
    return route.fulfill({ json: { data, next: from + size < count ? String(from + size) : null } });
  };
}

/** Milliseconds that the page's thread computes, at most, between two frames while a table is scrolled from end to end, and while it is sorted by a column:
 * medians of five. Its own time, by the processor's clock, so that whatever else runs on the machine does not count. The table is sorted upwards in the end. */
export async function longestTask(page, table, column) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const computed = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  const measured = async (deed) => {
    const before = await computed();
    await deed();
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
    return await computed() - before;
  };
  const scrolled = async (steps) => {
    let longest = 0;
    for (let step = 0; step <= steps; ++step)
      longest = Math.max(longest, await measured(() => table.evaluate((element, share) => { const at = element.closest('[role=region]'); at.scrollTop = at.scrollHeight * share; }, step / steps)));
    return longest;
  };
  const head = table.getByRole('columnheader').getByRole('button', { name: column, exact: true });
  const rounds = [];
  for (let round = 0; round < 5; ++round) {
    const scrolling = await scrolled(20), sorting = await measured(() => head.click()); // upwards
    rounds.push({ scrolling, sorting });
    await head.click(); // downwards
    await head.click(); // as it came
  }
  await head.click();
  const median = (of) => Math.round(rounds.map(of).sort((a, b) => a - b)[2]);
  return { scrolling: median(({ scrolling }) => scrolling), sorting: median(({ sorting }) => sorting) };
}
