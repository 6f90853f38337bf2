// English, the two charts: sentences a second over the last hour, units by day.
import { long } from './long.ts';

export const englishCharts = {
  'hour.words': long(
    'Over the last {minutes}: {mean} sentences a second on average, {most} in the best minute, ',
    '{now} in the last full one.',
  ),
  'hour.begins': 'The first minute is being counted.',
  'hour.from': '1 hour ago',
  'hour.to': 'now',

  'days.asking': 'Asking the coordinator.',
  'days.as-of': 'As the coordinator had it at {time}.',
  'days.empty': 'No verdicts in the last {days}.',
  'days.words':
    'In the last {days}: {accepted} accepted, {rejected} refused; most on {day}, {most}.',
  'days.failed': 'Not answered: {message}',
  'days.before-start':
    'There is no session with the coordinator in this browser. Press Start first.',
  'days.table': 'The same in numbers',
  'days.day': 'Day (UTC)',
  'days.accepted': 'Accepted',
  'days.rejected': 'Refused',
  'days.credit': 'Credit',
} as const;
