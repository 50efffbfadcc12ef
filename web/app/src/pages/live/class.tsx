// One live class: for students its picture and what becomes of it, for whoever teaches it also what makes it ready. The page holds player, address and
// grant before the bell, so that the bell loads nothing.
import type { schemas } from '@bellwether/client';
import { has } from '../../api.js';
import { Page } from '../../kit/page.js';
import { theSession, useResource } from '../../kit/resource.js';
import { Said } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { useClass, type InClass } from './in_class.js';
import { Stage } from './stage.js';
import { Teach } from './teach.js';
import '../../style/everybody.css';
import '../../style/live.css';

function Facts({ of }: { of: InClass }) {
  const words = t().live, { beginsAt, endsAt, movedFrom, state } = of.view.value;
  return (
    <>
      {movedFrom && beginsAt && (state === 'waiting' || state === 'early' || state === 'playing') ? <Said>{words.moved} <Instant at={movedFrom} />. {words.movedNow} <Instant at={beginsAt} />.</Said> : null}
      {beginsAt && endsAt ? <p class="dim"><Instant at={beginsAt} />. {words.until} <Instant at={endsAt} />.</p> : null}
    </>
  );
}

/** The stream's key is in it: nothing of it stays on this device. */
const unkept = { ...theSession, keepsNothing: true };

export default function ClassPage({ id = '' }: Record<string, string>) {
  const of = useClass(id), staff = has('teacher') || has('administrator');
  const known = useResource<schemas.LiveClass>(staff ? `/v1/live-classes/${id}` : null, { by: unkept, everyMs: 10_000 });
  const teaches = known.data.value?.plan !== null && known.data.value !== undefined;
  return (
    <Page wide title={of.view.value.title ?? known.data.value?.title ?? t().live.title} above={<p class="trail"><a href="/app/timetable">{t().shell.nav.timetable}</a></p>}>
      <div class={`live ${teaches ? 'with-beside' : ''}`}>
        <div>
          <Stage of={of} muted={teaches} />
          <Facts of={of} />
        </div>
        {teaches ? <Teach of={known} /> : null}
      </div>
    </Page>
  );
}
