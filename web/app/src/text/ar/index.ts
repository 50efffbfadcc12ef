import type { Texts } from '../index.js';
import { anyone } from './anyone.js';
import { faults } from './faults.js';
import { shell } from './shell.js';
import { student } from './student.js';
import { teacher } from './teacher.js';
import { admin } from './admin.js';
import { operator } from './operator.js';

export const ar: Texts = { anyone, faults, shell, student, teacher, admin, operator };
