// Lists that are longer than what a test's server has, and how long a page is busy with them.

/** Answers a list's pages of 500 for `page.route`, made by `row(i)`. */
export function manyRows(count, row) {
  return (route) => {
    const url = new URL(route.request().url()), from = Number(url.searchParams.get('cursor') ?? 0), size = Number(url.searchParams.get('limit') ?? 50);
    const data = Array.from({ length: Math.min(size, count - from) }, (_, i) => row(from + i));
    return route.fulfill({ json: { data, next: from + size < count ? String(from + size) : null } });
  };
}

/** Milliseconds of the longest task while a table is scrolled from end to end, and while it is sorted by a column: each the least of five and their
 * median, since whatever else runs on the machine makes a task longer, and never shorter. A task under 50 ms counts 0. The table is sorted upwards in the end. */
export async function longestTask(page, table, column) {
  const measured = async (deed) => {
    await page.evaluate(() => {
      window.longest = 0;
      window.watching = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration); });
      window.watching.observe({ type: 'longtask' });
    });
    await deed();
    return page.evaluate(() => new Promise((done) => { setTimeout(() => { window.watching.disconnect(); done(Math.round(window.longest)); }, 60); }));
  };
  const frames = () => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  const scroll = () => table.evaluate(async (element) => {
    const scroller = element.closest('[role=region]');
    for (let step = 0; step <= 60; ++step) {
      scroller.scrollTop = (scroller.scrollHeight * step) / 60;
      await new Promise(requestAnimationFrame);
    }
    scroller.scrollTop = 0;
  });
  const head = table.getByRole('columnheader', { name: column }).getByRole('button');
  const scrolling = [], sorting = [];
  for (let round = 0; round < 5; ++round) scrolling.push(await measured(scroll));
  for (let round = 0; round < 5; ++round) {
    sorting.push(await measured(async () => { await head.click(); await frames(); }));
    await head.click(); // downwards
    await frames();
    if (round < 4) await head.click(); // as it came
  }
  await head.click();
  await head.click();
  await frames();
  const [[least, , median], [sortLeast, , sortMedian]] = [scrolling, sorting].map((values) => values.sort((a, b) => a - b));
  console.log(`longest task of scrolling ${least} ms (median ${median}), of sorting ${sortLeast} ms (median ${sortMedian})`);
  return { scrolling: least, sorting: sortLeast };
}
