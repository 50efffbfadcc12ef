// Markdown that people wrote, as HTML: micromark lets no HTML of theirs through, and no address but http, https and mailto. Pictures are of other hosts,
// which the policy does not let in: their words show.
import { micromark } from 'micromark';

export function Markdown({ text }: { text: string }) {
  const html = micromark(text).replace(/<img [^>]*alt="([^"]*)"[^>]*>/g, '$1').replace(/<a href="https?:/g, (link) => link.replace('<a', '<a rel="noopener noreferrer" target="_blank"'));
  return <div class="markdown" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
