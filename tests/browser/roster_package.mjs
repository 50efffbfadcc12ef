// OneRoster 1.2 packages as a student information system would write them: a zip whose files are stored as they are.

const crcs = Array.from({ length: 256 }, (_, n) => { let c = n; for (let bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
const crc32 = (bytes) => { let c = ~0; for (const byte of bytes) c = crcs[(c ^ byte) & 255] ^ (c >>> 8); return ~c >>> 0; };
const numbers = (...pairs) => Buffer.concat(pairs.map(([value, size]) => { const out = Buffer.alloc(size); out.writeUIntLE(value, 0, size); return out; }));

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 */
function zip(files) {
  const bodies = [], directory = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text), title = Buffer.from(name);
    const about = [[20, 2], [0, 2], [0, 2], [0, 2], [0x5b7e, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [title.length, 2], [0, 2]];
    directory.push(numbers([0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), title);
    bodies.push(numbers([0x04034b50, 4], ...about), title, bytes);
    at += 30 + title.length + bytes.length;
  }
  const listed = Buffer.concat(directory), count = Object.keys(files).length;
  return Buffer.concat([...bodies, listed, numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [listed.length, 4], [at, 4], [0, 2])]);
}

const lines = (...rows) => rows.map((row) => `${row.join(',')}\r\n`).join('');

/** A school with a section of that many students, `new-1` and so on; `spoil` changes the lines of users.csv. */
export function rosterPackage(students, spoil = (rows) => rows) {
  const bulk = ['academicSessions', 'classes', 'courses', 'enrollments', 'orgs', 'roles', 'users'], absent = ['categories', 'demographics', 'lineItems', 'resources', 'results', 'scoreScales', 'userProfiles'];
  const ids = Array.from({ length: students }, (_, i) => i + 1);
  return zip({
    'manifest.csv': lines(['propertyName', 'value'], ['manifest.version', '1.0'], ['oneroster.version', '1.2'], ...bulk.map((file) => [`file.${file}`, 'bulk']), ...absent.map((file) => [`file.${file}`, 'absent']),
      ['source.systemName', 'Registry'], ['source.systemCode', 'registry']),
    'academicSessions.csv': lines(['sourcedId', 'status', 'dateLastModified', 'title', 'type', 'startDate', 'endDate', 'parentSourcedId', 'schoolYear'], ['year-new', '', '', '2026', 'schoolYear', '2026-07-03', '2027-06-28', '', '2026']),
    'courses.csv': lines(['sourcedId', 'status', 'dateLastModified', 'schoolYearSourcedId', 'title', 'courseCode', 'grades', 'orgSourcedId', 'subjects', 'subjectCodes'],
      ['course-new', '', '', 'year-new', 'Astronomy', 'A1', '', 'school-new', '', '']),
    'classes.csv': lines(['sourcedId', 'status', 'dateLastModified', 'title', 'grades', 'courseSourcedId', 'classCode', 'classType', 'location', 'schoolSourcedId', 'termSourcedIds', 'subjects', 'subjectCodes', 'periods'],
      ['class-new', '', '', 'Astronomy 1', '', 'course-new', 'AST1', 'scheduled', 'Dome', 'school-new', 'year-new', '', '', '']),
    'enrollments.csv': lines(['sourcedId', 'status', 'dateLastModified', 'classSourcedId', 'schoolSourcedId', 'userSourcedId', 'role', 'primary', 'beginDate', 'endDate'],
      ...ids.map((i) => [`in-${i}`, '', '', 'class-new', 'school-new', `new-${i}`, 'student', '', '', ''])),
    'orgs.csv': lines(['sourcedId', 'status', 'dateLastModified', 'name', 'type', 'identifier', 'parentSourcedId'], ['school-new', '', '', 'New Hill School', 'school', '', '']),
    'users.csv': lines(['sourcedId', 'status', 'dateLastModified', 'enabledUser', 'username', 'userIds', 'givenName', 'familyName', 'middleName', 'identifier', 'email', 'agentSourcedIds', 'primaryOrgSourcedId'],
      ...spoil(ids.map((i) => [`new-${i}`, '', '', 'true', `new-${i}`, '', 'Nova', `Newcomer ${i}`, '', '', `new-${i}@hill.example`, '', 'school-new']))),
    'roles.csv': lines(['sourcedId', 'status', 'dateLastModified', 'userSourcedId', 'roleType', 'role', 'beginDate', 'endDate', 'orgSourcedId', 'userProfileSourcedId'],
      ...ids.map((i) => [`role-${i}`, '', '', `new-${i}`, 'primary', 'student', '', '', 'school-new', ''])),
  });
}
