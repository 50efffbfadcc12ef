// What the person opens is told to the server, for reports of engagement: which page each view is, and what it is about.
import type { Opened } from '@bellwether/client';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { activities, session } from './api.js';

type Page = NonNullable<Opened['page']>;
type Subject = Exclude<Opened['kind'], 'page_viewed'>;

/** By the route's path: the page's name, and what is opened with it under which of its parameters. Pages that are not here are `other`. */
const views: Record<string, readonly [Page, Subject?, string?]> = {
  '/app/today': ['today'],
  '/app/timetable': ['timetable'],
  '/app/notices': ['notices'],
  '/app/devices': ['devices'],
  '/app/assignments': ['assignments'],
  '/app/assignments/:id': ['assignment', 'assignment_opened', 'id'],
  '/app/receipts/:id': ['receipt'],
  '/app/sections': ['sections'],
  '/app/sections/:id': ['section', 'section_opened', 'id'],
  '/app/grades': ['grades'],
  '/app/grades/:id': ['grade', 'grade_opened', 'id'],
  '/app/teaching': ['teaching'],
  '/app/teaching/:section': ['section', 'section_opened', 'section'],
  '/app/teaching/:section/new': ['new_assignment'],
  '/app/teaching/:section/students': ['students'],
  '/app/teaching/assignments/:id': ['submissions', 'assignment_opened', 'id'],
  '/app/teaching/assignments/:id/edit': ['new_assignment', 'assignment_opened', 'id'],
  '/app/teaching/assignments/:id/similarity': ['similarity', 'assignment_opened', 'id'],
  '/app/teaching/assignments/:id/scheme': ['scheme', 'assignment_opened', 'id'],
  '/app/marking/:assignment': ['works', 'assignment_opened', 'assignment'],
  '/app/marking/:assignment/:work': ['work', 'assignment_opened', 'assignment'],
  '/app/reports': ['reports'],
  '/app/reports/exports': ['reports'],
  '/app/reports/:id': ['reports'],
  '/app/people': ['people'],
  '/app/people/:id': ['person'],
  '/app/imports': ['imports'],
  '/app/imports/:id': ['imports'],
  '/app/policy': ['policy'],
  '/app/branding': ['branding'],
  '/app/bells': ['bells'],
  '/app/jobs': ['jobs'],
};
const prefixes: Record<Subject, string> = {
  section_opened: 'sec', assignment_opened: 'asg', grade_opened: 'asg', material_opened: 'mat', file_downloaded: 'mat', announcement_read: 'ann',
};

/** An address may say anything: what is no id is told to nobody. */
export function opened(kind: Subject, id: string | undefined): void {
  if (id !== undefined && new RegExp(`^${prefixes[kind]}_[0-9a-f]{32}$`).test(id)) activities.add({ kind, subject_id: id });
}

/** Of a route, each time that it shows something else. */
export function useViewed(path: string, given: Record<string, unknown>): void {
  const [page, kind, parameter] = views[path] ?? ['other'], subject = parameter === undefined ? undefined : String(given[parameter]);
  useEffect(() => {
    activities.add({ kind: 'page_viewed', page });
    if (kind) opened(kind, subject);
  }, [path, subject]);
}

const seen = new Set<string>(); // until the tab is loaded anew

/** Of an element that is read by being seen: told once, when half of it is in sight. */
export function useSeen(kind: Subject, id: string): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = place.current, key = `${session.info?.user_id} ${kind} ${id}`;
    if (!element || seen.has(key) || typeof IntersectionObserver === 'undefined') return;
    const watch = new IntersectionObserver((changes) => {
      if (seen.has(key) || !changes.some(({ isIntersecting }) => isIntersecting)) return;
      seen.add(key);
      watch.disconnect();
      opened(kind, id);
    }, { threshold: 0.5 });
    watch.observe(element);
    return () => watch.disconnect();
  }, [kind, id]);
  return place;
}
