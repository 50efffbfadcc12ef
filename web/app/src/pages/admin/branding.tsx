// How the institution looks to its people: a short name, a colour that is read easily whatever was chosen, a logo.
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button, Check, Field, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Empty, Fault, Read } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { sendBytes } from '../../kit/upload.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import { branding, learnBranding } from '../../shell/branding.js';
import { contrast, shadeOf } from '../../shell/colour.js';
import { numberText, t } from '../../text/index.js';
import { api } from './data.js';

type Looks = schemas.Branding;
const everybodys = '#0a6b66';
const isColour = (typed: string) => /^#[0-9a-f]{6}$/i.test(typed);

/** A page's parts in the colour, whatever the appearance in force. */
function Preview({ accent, appearance }: { accent: string; appearance: 'light' | 'dark' }) {
  const { looks } = t().admin, place = useRef<HTMLDivElement>(null), shade = shadeOf(accent, appearance);
  useEffect(() => {
    place.current?.style.setProperty('--accent', shade.accent);
    place.current?.style.setProperty('--wash', shade.wash);
  }, [shade.accent, shade.wash]);
  const same = shade.accent === accent.toLowerCase(), ratio = numberText(contrast(shade.accent, appearance === 'light' ? '#f5f6f5' : '#1b2322'), { maximumFractionDigits: 1 });
  return (
    <div ref={place} class={`preview ${appearance}`} role="group" aria-label={looks.previews[appearance]}>
      <h3>{looks.previews[appearance]}</h3>
      <div class="preview-row"><span class="button">{looks.button}</span> <span class="preview-link">{looks.link}</span> <span class="preview-wash">{looks.chosen}</span></div>
      <p class="small">{same ? looks.asChosen(ratio) : looks[appearance === 'light' ? 'darkened' : 'lightened'](shade.accent, ratio)}</p>
    </div>
  );
}

function Colours({ version }: { version: Version<Looks> }) {
  const { looks } = t().admin, { now } = version;
  const short = useSignal(now.short_name ?? ''), own = useSignal(now.accent_color !== null), colour = useSignal(now.accent_color ?? everybodys);
  const saving = useSaving(version, {
    put: async (body: schemas.BrandingChange, ifMatch) => {
      const answer = await api.put('/v1/institution/branding', { ifMatch, body });
      await learnBranding();
      return answer;
    },
    changeTo: ({ short_name, accent_color }): schemas.BrandingChange => ({ short_name, accent_color }),
  });
  const wanted = (): schemas.BrandingChange => ({ short_name: short.value.trim() || null, accent_color: own.value ? colour.value.toLowerCase() : null });
  const shown = own.value && isColour(colour.value) ? colour.value : everybodys;
  return (
    <Card title={looks.colours}>
      <Form label={looks.colours} onSubmit={() => { void saving.run(wanted()); }} error={saving.error} fields={['short_name', 'accent_color']}>
        <Field label={looks.short} hint={looks.shortHint(branding.value.name)} value={short} maxLength={40} error={saving.of('short_name')} />
        <Check label={looks.own} value={own} />
        {own.value ? (
          <div class="colour">
            <Field label={looks.pick} type="color" value={colour} />
            <Field label={looks.colour} hint={looks.colourHint} value={colour} spellcheck={false} maxLength={7} error={isColour(colour.value) ? saving.of('accent_color') : looks.noColour} />
          </div>
        ) : null}
        <div class="previews"><Preview accent={shown} appearance="light" /><Preview accent={shown} appearance="dark" /></div>
        {saving.other(({ short_name, accent_color }) => [{ name: looks.short, said: short_name ?? '' }, { name: looks.colour, said: accent_color ?? '' }])}
        <div class="actions"><Button type="submit" busy={saving.busy.value} disabled={own.value && !isColour(colour.value)}>{t().shell.save}</Button></div>
      </Form>
    </Card>
  );
}

const logo = '/v1/institution/logo';
function Logo({ from, now }: { from: Resource<Looks>; now: Looks }) {
  const { looks } = t().admin, id = useId();
  const shows = async () => { await Promise.all([from.reload(), learnBranding()]); };
  const put = async (picture: Blob) => {
    await sendBytes('PUT', logo, { 'Content-Type': picture.type }, picture);
    await shows();
  };
  const putting = useDeed(async (picture: Blob) => { await put(picture); say(t().shell.saved); });
  const removing = useDeed(async () => {
    const before = await (await fetch(now.logo_url ?? '')).blob();
    await sendBytes('DELETE', logo, {});
    await shows();
    say(looks.removed, () => { void putting.run(before); });
  });
  const failed = putting.error.value ?? removing.error.value;
  return (
    <Card title={looks.logo}>
      {now.logo_url ? <p class="logo"><img src={now.logo_url} alt={looks.logoOf(branding.value.name)} /></p> : <Empty>{looks.noLogo}</Empty>}
      <div class="field">
        <label for={id}>{looks.choose}</label>
        <p class="hint" id={`${id}-hint`}>{looks.logoHint}</p>
        <input type="file" id={id} accept="image/png,image/webp" aria-describedby={`${id}-hint`}
          onChange={(event) => { const picture = event.currentTarget.files?.[0]; event.currentTarget.value = ''; if (picture) void putting.run(picture); }} />
      </div>
      {failed ? <Fault error={failed} /> : null}
      {now.logo_url ? <div class="actions"><Button quiet busy={removing.busy.value} onPress={() => { void removing.run(); }}>{looks.remove}</Button></div> : null}
    </Card>
  );
}

export default function BrandingPage() {
  const from = useResource<Looks>('/v1/institution/branding');
  return (
    <Page title={t().shell.nav.branding}>
      <p>{t().admin.looks.hint}</p>
      <Newest from={from}>{(version) => <Colours version={version} />}</Newest>
      <Read from={from}>{(now) => <Logo from={from} now={now} />}</Read>
    </Page>
  );
}
