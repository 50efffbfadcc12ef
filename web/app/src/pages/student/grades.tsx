// All results that the reader was told, the newest first as the server gives them.
import { Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { useLive } from '../../live.js';
import { numberText, t } from '../../text/index.js';
import { useGrades } from './lists.js';
import '../../style/student.css';

export const pointsText = ({ points, points_max }: { points: number; points_max: number }): string => t().student.grades.points(numberText(points), numberText(points_max));

export default function Grades() {
  const { grades: texts } = t().student, grades = useGrades();
  useLive((notice) => { if (notice?.kind !== 'announcement') void grades.reload(); });
  return (
    <Page title={t().shell.nav.grades}>
      <Read from={grades}>
        {({ data }) => (data.length === 0 ? <Empty>{texts.none}</Empty> : (
          <ul class="list">
            {data.map((grade) => (
              <li key={grade.assignment_id}>
                <a href={`/app/grades/${grade.assignment_id}`}>
                  <strong>{grade.title}</strong>
                  <span class="dim">{grade.section_title}</span>
                  <span class="given">{pointsText(grade)}</span>
                  <span class="dim">{texts.released} <Instant at={grade.released_at} /></span>
                  {grade.number > 1 ? <span class="chip">{texts.changed}</span> : null}
                </a>
              </li>
            ))}
          </ul>
        ))}
      </Read>
    </Page>
  );
}
