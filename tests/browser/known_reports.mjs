// Reports of which all is known, the same at each run: the server's answer with these lines in the place of its own.
const id = (prefix, i) => `${prefix}_${String(i).padStart(32, '0')}`;
const names = ['Ada Lovelace', 'Alan Turing', 'Barbara Liskov', 'Claude Shannon', 'Donald Knuth', 'Edsger Dijkstra', 'Frances Allen', 'Grace Hopper', 'John McCarthy', 'Katherine Johnson', 'Leslie Lamport', 'Margaret Hamilton'];
const titles = ['Bells of the town', 'Rivers and hills', 'Fractions', 'A letter to the mayor', 'The water cycle', 'Poems by heart', 'Triangles', 'What the museum keeps'];
const dueAt = (i) => new Date(Date.UTC(2026, 9, 5 + 7 * i, 16)).toISOString();
const assignment = (i) => ({ assignment_id: id('asg', i), title: titles[i], due_at: dueAt(i) });
const days = (make) => Array.from({ length: 28 }, (_, i) => ({ day: new Date(Date.UTC(2026, 10, 3 + i)).toISOString().slice(0, 10), ...make(i, [1, 2].includes(i % 7) ? 0.1 : 1) }));
const wave = (i) => 1 + Math.sin(i * 1.7) / 3;
const round = Math.round;

export const knownLines = (section) => ({
  class_progress: titles.map((_, i) => {
    const late = i % 4, missing = i === 7 ? 0 : (i * 5) % 7, on_time = i === 7 ? 9 : 26 - late - missing;
    return { ...assignment(i), students: 26, handed_in: on_time + late, on_time, late, missing, graded: i > 5 ? 0 : on_time + late, average_percent: i > 5 ? null : 62.5 + ((i * 13) % 25) };
  }),
  grade_distribution: [0, 1, 2].flatMap((i) => Array.from({ length: 20 }, (_, step) => ({ ...assignment(i), from_percent: step * 5, students: Math.max(0, round(6 * Math.exp(-((step - 13 - i) ** 2) / 9) - 0.4)) }))),
  gradebook: names.flatMap((_, n) => titles.slice(0, 5).map((_, i) => {
    const state = ['handed_in', 'handed_in', 'late', 'handed_in', 'missing', 'handed_in', 'open'][(n * 3 + i * 2) % 7];
    return { user_id: id('usr', n), ...assignment(i), state, percent: state === 'handed_in' && i < 4 ? 55 + ((n * 17 + i * 11) % 45) : null };
  })),
  engagement_by_day: days((i, school) => ({ active_students: round(22 * school * wave(i) / 1.4), submissions: round(31 * school * wave(i)), late: round(5 * school * wave(i + 2)), pages_opened: round(210 * school * wave(i)), materials_opened: round(48 * school * wave(i + 1)), announcements_read: round(17 * school * wave(i + 3)) })),
  at_risk: names.slice(0, 6).map((_, n) => ({ user_id: id('usr', n), section_id: section, due: 8, missing: 6 - n, late: n % 3, average_percent: n === 2 ? null : 38 + 6 * n, recent_percent: n === 2 ? null : 33 + 5 * n, days_inactive: 14 - 2 * n, class_days_inactive: 2.5,
    reasons: [['stopped', 'missing', 'inactive'], ['missing'], ['missing', 'late'], ['late'], ['low_grades', 'falling_grades'], ['inactive']][n].join() })),
  late_and_missing: names.flatMap((_, n) => [7, 6, 5].filter((i) => (n + i) % 3 === 0).map((i) => ({ user_id: id('usr', n), section_id: section, ...assignment(i), state: (n + i) % 2 ? 'late' : 'missing' }))),
  marking_backlog: [4, 5, 6, 7].map((i) => ({ section_id: section, ...assignment(i), handed_in: 24 - i, waiting: 3 * (i - 3) })),
  assignment_timeline: [0, 1, 3, 5, 20, 21, 22, 23, 24, 25, 26, 30].map((hour, n, all) => ({
    hour: new Date(Date.UTC(2026, 10, 29, 12 + hour)).toISOString(), submissions: 1 + ((n * 7) % 9), late: hour > 24 ? 1 + (n % 3) : 0, students_so_far: all.slice(0, n + 1).reduce((sum, _, k) => sum + 1 + (k % 3), 0),
  })),
  submission_audit: names.slice(0, 8).map((_, n) => ({ submission_id: id('sub', n), assignment_id: id('asg', n), section_id: section, user_id: n === 3 ? null : id('usr', n), received_at: dueAt(n), recorded_at: dueAt(n),
    state: n === 5 ? 'refused' : 'recorded', late: n % 4 === 1, reason: n === 5 ? 'not_enrolled' : null })),
  institution_overview: [{ schools: 3, sections: 412, students: 5210, teachers: 318, assignments_due: 890, expected: 22_140, handed_in: 20_480, on_time: 19_020, missing: 1_320, graded: 15_900, sign_ins: 41_200, average_percent: 71.4, active_people: 4_890, active_people_week: 5_310 }],
  school_comparison: ['North campus', 'South campus', 'Evening school'].map((school, i) => (i === 2 ? { school_id: id('row', i), school, sections: null, students: null, expected: null, handed_in_percent: null, on_time_percent: null, missing_percent: null, average_percent: null }
    : { school_id: id('row', i), school, sections: 210 - 20 * i, students: 2600 - 240 * i, expected: 11_070, handed_in_percent: 92.5 - 4 * i, on_time_percent: 86 - 7 * i, missing_percent: 6 + 4 * i, average_percent: 71.4 - i })),
  sign_in_activity: days((i, school) => ({ sign_ins: round(9800 * school * wave(i)), people: round(4700 * school * wave(i) / 1.35) })),
  usage: days((i, school) => ({ sign_ins: round(9800 * school * wave(i)), pages_read: round(88_000 * school * wave(i)), submissions: round(5200 * school * wave(i)), busiest_minute: round(900 * school * wave(i)), active_people: round(4100 * school * wave(i) / 1.4), active_people_week: 5_310 - 20 * i })),
});

/** The server's answer, changed into one of which all is known. What a column has that stands in no line above is nothing. */
export function knownReport(body, section) {
  const lines = knownLines(section)[body.report_id];
  return {
    ...body, stale: false, truncated: false, suppressed: body.report_id === 'school_comparison' ? 1 : 0,
    rows: lines.map((line) => body.columns.map(({ name }) => line[name] ?? null)),
    people: Object.fromEntries(names.map((name, n) => [id('usr', n), { given_name: name.split(' ')[0], family_name: name.split(' ')[1] }])),
  };
}
