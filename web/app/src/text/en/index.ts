import { signedOut } from './signed_out.js';
import { everybody } from './everybody.js';
import { faults } from './faults.js';
import { serverWords } from './server_words.js';
import { shell } from './shell.js';
import { storm } from './storm.js';
import { student } from './student.js';
import { teacher } from './teacher.js';
import { board } from './board.js';
import { admin } from './admin.js';
import { reports } from './reports.js';
import { operator } from './operator.js';
import { live } from './live.js';
import { timetable } from './timetable.js';

export const en = { signedOut, everybody, faults, serverWords, shell, storm, board, student, teacher, admin, operator, timetable, live, reports };
