// Dates as this server computes them. It lives in Korea's time.

process.env.TZ = "Asia/Seoul";

/**
 * The same day a month later, at the same time. Where the next month lacks the day, JavaScript counts on: the 31st of
 * October leads to the 1st of December, and the member's day is the 1st from then on. Nobody here has noticed.
 */
export function addOneMonth(date) {
  const next = new Date(date);
  next.setMonth(next.getMonth() + 1);
  return next;
}

/** `2027-01-31`, in Korea. */
export function day(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
