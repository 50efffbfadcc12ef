import { plural } from '../index.js';
import { count } from './count.js';

export const timetable = {
  noneYet: 'Your institution has no timetable yet.',
  weeks: 'Weeks', earlier: 'Earlier week', later: 'Later week', thisWeek: 'This week',
  noLessonsWeek: 'You have no lessons this week.', noLessons: 'No lessons.',
  zone: 'Times are shown in the institution’s time zone, not in this device’s:',
  today: 'today', current: 'now', changed: 'Changed: another room or teacher than usual', cancelled: 'cancelled', room: (room: string) => `Room ${room}`,
  kinds: { holiday: 'Holiday', half_day: 'Half day', exam_day: 'Exam day', swap: 'Swap' },
  withNote: (kind: string, note: string) => `${kind}: ${note}`, heldLike: (day: string) => `held like ${day}`,
  card: {
    title: 'Lessons today', week: 'The whole week', next: 'Next bell:', nextLesson: 'Next lesson:', none: 'You have no lessons today.',
  },
  feeds: {
    title: 'In your calendar program', hint: 'Make an address and subscribe to it in your calendar program. It then shows your lessons and follows changes.',
    name: 'Where you will use it', nameHint: 'For example: my phone.', make: 'Make an address', address: 'Address',
    once: 'This address is shown only now. Copy it and add it in your calendar program as a subscription.',
    who: 'Anyone who knows the address can see your lessons: when and where they are, and what they are. They see nothing else and can change nothing. Revoke it if someone else has it. A new password does not end it.',
    copy: 'Copy the address', copied: 'Copied.', done: 'I have it',
    list: 'Addresses', none: 'You have no addresses.', unnamed: 'Without a name', since: 'since',
    revoke: 'Revoke', revokeOne: (name: string) => `Revoke: ${name}`, revokeTitle: (name: string) => `Revoke “${name}”?`, revokeMeans: 'Calendar programs that use it will not see changes any more. This address cannot be made again.', revoked: (name: string) => `“${name}” was revoked.`,
  },
  admin: {
    noneYet: 'There is no timetable yet. Make one to start from below, then replace its tables by your own.',
    lessons: (n: number, said: string) => plural(n, { one: 'There is one lesson in the timetable.', other: `There are ${said} lessons in the timetable.` }), zone: 'Time zone:',
    terms: 'Terms', name: 'Name', begins: 'First day', ends: 'Last day', noTerms: 'There are no terms.',
    week: 'Week', weekday: 'Day', schedule: 'Bell schedule', noSchool: 'No school',
    rotation: 'Rotation', noRotation: 'There is no rotation: each week is the same.', names: 'They take turns', advance: 'The next one comes with', advances: { school_days: 'each school day', calendar_weeks: 'each calendar week' }, starts: 'Begins on',
    schedules: 'Bell schedules', period: 'Period', from: 'From', until: 'Until', noSchedules: 'There are no bell schedules.', noPeriods: 'It has no periods.',
  },
  frame: {
    title: 'Terms, week and time zone', hint: 'Lessons follow: they keep their period, and take place on the school days of their term.', change: 'Change', zone: 'Time zone', zoneHint: 'Times of the timetable are times on a clock there.',
    newTerm: 'New term', addTerm: 'Add a term', removeTerm: (name: string) => `Remove the term ${name}`,
  },
  lessons: {
    title: 'Lessons', hint: 'Changes here count from now on, for every week. To change one day, open the day.', find: 'Find', findHint: 'Section, period, room or teacher', none: 'There are no lessons yet.', notFound: 'No lesson matches.',
    days: 'Days', daysHint: 'None chosen: every school day.', everyDay: 'every school day', rotationHint: 'None chosen: all of them.', room: 'Room', noRoom: 'none', teacher: 'Teacher', ofSection: 'the section’s teacher', otherTeacher: 'someone who no longer teaches', term: 'Term', allTerms: 'All terms',
    add: 'Add a lesson', added: 'The lesson was added.', change: 'Change', changeTitle: (section: string) => `Change a lesson: ${section}`, changeOne: (section: string, period: string) => `Change ${section}, ${period}`,
    removeOne: (section: string, period: string) => `Remove ${section}, ${period}`, removed: 'The lesson was removed. Undo brings it back without its changes on single days.',
  },
  schoolDay: {
    title: 'Lessons of one day', hint: 'Who teaches instead, where, and what does not take place. Students and teachers see changes at once.', days: 'Days', before: 'Day before', after: 'Day after', today: 'Today', goTo: 'Go to a date', show: 'Show',
    time: 'Time', state: 'State', usual: 'as usual', changed: 'changed', substitution: 'substitute', insteadOf: (room: string) => `instead of ${room}`, none: 'No lessons take place on this day.',
    change: 'Room or teacher', changeTitle: (section: string, period: string) => `${section}, ${period}: only on this day`, substitute: 'Taught by', usually: (name: string) => `as usual: ${name}`, usualRoom: (room: string | null) => (room === null ? 'Leave empty for no room, as usual.' : `Leave empty for ${room}, as usual.`),
    cancel: 'Cancel', restore: 'As usual', wasCancelled: 'The lesson is cancelled on this day.', wasChanged: 'The lesson is changed on this day.', restored: 'The lesson is as usual on this day.',
  },
  exceptions: {
    title: 'Exceptions', hint: 'Days that are not as their weekday says.', none: 'There are no exceptions.', date: 'Date', kind: 'Kind', what: 'How it is held', note: 'Note', noteHint: 'Everyone sees it on that day.', deed: 'Action',
    kindHint: 'A swap is held like another weekday, or has another name of the rotation.', weekday: 'Held like', asItIs: 'As it is', rotation: 'Rotation',
    add: 'Add an exception', added: (date: string) => `The exception on ${date} was added.`, remove: 'Remove', removeOne: (date: string) => `Remove the exception on ${date}`, removed: (date: string) => `The exception on ${date} was removed.`,
    taken: (kind: string) => `This day already has an exception (${kind}). Remove it first.`,
  },
  files: {
    title: 'Tables from a file', hint: 'A file takes the place of the whole table. It is checked first: nothing changes until you apply it.', download: 'Download', downloadOne: (table: string) => `Download: ${table}`, downloads: 'The tables as they are now:',
    what: 'What is in the file', tables: { schedules: 'Bell schedules (CSV)', exceptions: 'Exceptions (CSV)', lessons: 'Lessons (CSV)', holidays: 'Holidays of a calendar (.ics)' },
    holidaysHint: 'Whole days of the calendar become holidays. Days that already have an exception keep it.', columns: 'Columns:',
    file: 'File', fileHint: 'Choose it, or drop it here.', check: 'Check', apply: 'Apply', would: 'What would change', was: 'The file was applied.',
    added: 'New', changed: 'Changed', removed: 'Removed', ignored: 'Ignored events', ignoredHint: 'Events that do not take the whole day, or lie outside the terms.', conflicts: 'Conflicts in the next four weeks', manyConflicts: '100 or more',
    nothing: 'The file changes nothing.', nothingYet: 'Nothing has changed yet.', hasConflicts: 'With this file, somebody or some room would be in two places at once. You can apply it and see which under “Conflicts”.', otherFile: 'Give up',
  },
  start: {
    title: 'A timetable to start from', hint: 'Makes a timetable for all sections of the roster: seven periods from Monday to Friday in the roster’s terms. Nobody who teaches and no room is in two places.',
    week: 'Lessons a week', weekHint: 'Of each section.', seed: 'Variant', seedHint: 'Another number makes another timetable.', make: 'Make a timetable', replaceTitle: 'Replace the timetable?', replace: 'Replace it',
    replaceHint: (n: number, said: string) => plural(n, { one: 'The lesson that there is goes, and all bell schedules and exceptions.', other: `The ${said} lessons that there are go, and all bell schedules and exceptions. Download the tables first if you may want them back.` }),
    made: (n: number, said: string) => plural(n, { one: 'One lesson was placed.', other: `${said} lessons were placed.` }),
    unplaced: (n: number, said: string) => plural(n, { one: 'One lesson found no place.', other: `${said} lessons found no place.` }), allPlaced: 'All lessons found a place.',
    clashes: (n: number) => `Students in two places at once: ${count(n, 'time', 'times')}.`, noClashes: 'No student is in two places at once.',
  },
  conflicts: {
    title: 'Conflicts', hint: 'In the next four weeks.', none: 'In the next four weeks, nobody and no room is in two places at once.', more: 'There are more conflicts than these.', kind: 'Conflict', first: 'Lesson', second: 'And', at: 'First time', times: 'How often',
    teacher: 'A teacher', students: (said: string) => `Students: ${said}`, room: (room: string) => `Room ${room}`, section: 'Section',
  },
};
