// A transcript as files that players and people read: plain lines, SubRip (.srt), WebVTT (.vtt).
import type { Segment, Transcript } from './transcript.ts';

/** `01:02:03,450`, with the format's own mark before the milliseconds. */
function formatTime(seconds: number, mark: ',' | '.'): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(two).join(':');
  return `${clock}${mark}${String(ms % 1000).padStart(3, '0')}`;
}

/** An arrow within a cue would end its times. */
function cueText({ text }: Segment): string {
  return text.trim().replaceAll('-->', '->');
}

/** A line each segment. */
export function toPlainText({ segments }: Transcript): string {
  return segments.map(({ text }) => `${text.trim()}\n`).join('');
}

export function toSrt({ segments }: Transcript): string {
  const time = (seconds: number) => formatTime(seconds, ',');
  return segments
    .map((segment, index) => {
      return `${index + 1}\n${time(segment.start)} --> ${time(segment.end)}\n${cueText(segment)}\n\n`;
    })
    .join('');
}

export function toVtt({ segments }: Transcript): string {
  const time = (seconds: number) => formatTime(seconds, '.');
  const guard = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const cues = segments.map((segment) => {
    return `${time(segment.start)} --> ${time(segment.end)}\n${guard(cueText(segment))}\n\n`;
  });
  return `WEBVTT\n\n${cues.join('')}`;
}
