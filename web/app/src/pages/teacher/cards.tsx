// Cards on paper: the server draws them, with QR codes; here they are looked at and printed, and kept nowhere.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button, Choice, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Fault } from '../../kit/said.js';
import { sendBytes } from '../../kit/upload.js';
import { t } from '../../text/index.js';

/** The list of cards in the page that the server makes for printing. */
async function cardsOf(section: string, body: object): Promise<Element[]> {
  const answer = await sendBytes('POST', `/v1/sections/${section}/cards/page`, { Accept: 'text/html', 'Content-Type': 'application/json' }, new Blob([JSON.stringify(body)]));
  const written = (await answer.text()).replace(/<style>[^]*?<\/style>/, ''); // the policy here allows none, and this page has its own
  const page = new DOMParser().parseFromString(written, 'text/html');
  return [...page.querySelectorAll('main li')].map((card) => document.importNode(card, true));
}

function Sheet({ cards }: { cards: readonly Element[] }) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => { list.current?.replaceChildren(...cards); }, [cards]);
  return <ul class="sheet" ref={list} dir="ltr" />;
}

export function Cards({ section, chosen, onMade }: { section: string; chosen: readonly string[]; onMade: () => void }) {
  const { cards } = t().teacher, { classCode } = t().teacher;
  const whom = useSignal<'without_password' | 'all' | 'chosen'>('without_password'), made = useSignal<readonly Element[] | undefined>(undefined);
  const making = useDeed(async () => {
    made.value = undefined;
    made.value = await cardsOf(section, whom.value === 'chosen' ? { user_ids: chosen } : { students: whom.value });
    onMade();
  });
  return (
    <Card title={cards.title}>
      <p class="dim">{cards.hint}</p>
      <div class="row">
        <Choice label={cards.whom} value={whom} options={[['without_password', classCode.without], ['chosen', classCode.chosen(chosen.length)], ['all', classCode.all]]} />
        <div class="actions"><Button busy={making.busy.value} disabled={whom.value === 'chosen' && chosen.length === 0} onPress={() => { void making.run(); }}>{cards.make}</Button>
          {made.value ? <Button quiet onPress={() => print()}>{cards.print}</Button> : null}</div>
      </div>
      {making.error.value ? <Fault error={making.error.value} /> : null}
      {made.value ? <><p role="status">{cards.made(made.value.length)}</p><Sheet cards={made.value} /></> : null}
    </Card>
  );
}
