// English: the widget's frame. It is read at 320 by 180 pixels, so it is short; what a visitor
// agrees to there is said in full on its sheet.
export const englishFrame = {
  'frame.title': 'Contribute to {project}',
  'frame.words': 'Texts are turned into vectors, so that they can be searched by meaning.',
  'frame.accepted': { one: 'unit accepted', other: 'units accepted' },
  'frame.pause': 'Pause',
  'frame.stop': 'Stop',
  'frame.about': 'About',
  'frame.record': 'The coordinator’s own page, with an account of its own, in a new tab',
  'frame.ended': 'Stopped. Your consent has ended, here and at the coordinator.',
  'frame.untold':
    'Stopped, and your consent is forgotten here. The coordinator could not be told of it.',

  'frame.sheet.first': 'Before it starts',
  'frame.sheet.about': 'About this frame',
  'frame.sheet.agree': 'Agree and start',
  'frame.sheet.later': 'Not now',
  'frame.sheet.close': 'Close',
  'frame.sheet.record': 'The coordinator’s own page',

  'frame.consent.uses':
    'It uses your graphics card or processor, electricity and network, {percent} of the time.',
  'frame.consent.until':
    'It runs until you press Stop or leave this page, and pauses while the tab or this frame is ' +
    'hidden.',
  'frame.consent.stores':
    'This browser stores, for this frame on this site alone, the model’s files, a signing key and ' +
    'results not yet sent.',
  'frame.consent.credit':
    'Credit counts for that key alone, which no wallet can be bound to in a frame. Whoever clears ' +
    'the data of this site deletes it, and Safari does so by itself after 7 days without a visit: ' +
    'then nobody can claim its credit. To keep credit, contribute on the coordinator’s own page.',
  'frame.consent.publishes':
    'Results and credit are published under a pseudonym, not your name, and stay public.',
  'frame.consent.address':
    'The coordinator, {coordinator}, sees your network address, as any site does.',
  'frame.consent.host':
    'The page around this frame is told whether it runs, how much is done and the credit, and ' +
    'never your pseudonym. It may pause this, and start it again until you press Stop.',
  'frame.consent.ends': 'What you agree to ends with Stop, and after {days} in any case.',
  'frame.consent.version': 'Consent version {version}.',
  'frame.class.personal':
    'The texts were written for few eyes. They pass through this browser, which does not show them.',
  'frame.class.sensitive':
    'Some of the texts may disturb. They pass through this browser, which does not show them.',

  'frame.level': 'How hard it works',
  'frame.level.gentle': 'Gentle',
  'frame.level.steady': 'Steady',
  'frame.level.full': 'Full',
  'frame.level.other': 'As this page asks',

  'frame.forget': 'Delete what is kept',
  'frame.forget.go': 'Delete for good',
  'frame.forget.here': 'Delete here only',
  'frame.forget.means':
    'This stops, and deletes the model’s files, the key and results not sent yet in this browser, ' +
    'and your network address at the coordinator. Without the key nobody can claim its credit.',
  'frame.forget.done': 'Deleted, here and at the coordinator.',
  'frame.forget.done-here':
    'Deleted in this browser. The coordinator was not asked, so what it has is as it was.',
  'frame.forget.failed': 'Nothing is deleted yet, for the coordinator did not answer: {message}',
  'frame.forget.unseen': 'Not deleted: all of this frame must be in view, for a moment before.',

  'frame.point': 'The page around this frame asks to start. Press Start if you want to.',
  'frame.click.hidden': 'Not started: this tab was hidden.',
  'frame.click.small': 'Not started: this frame is too small to be read.',
  'frame.click.away': 'Not started: this frame is out of view.',
  'frame.click.partly':
    'Not started: part of this frame is out of view. Scroll to all of it and press again.',
  'frame.click.covered':
    'Not started: something covers this frame, or makes it see-through. Only what you can see ' +
    'can be agreed to.',
  'frame.click.moment': 'Not started: this was in view for under half a second. Press again.',
  'frame.click.untrusted': 'Not started: a program pressed the button, not you.',
  'frame.storage':
    'This browser lets a frame in another site store nothing, so nothing can be computed here. ' +
    'The coordinator’s own page can.',
  'frame.open': 'Open its own page',
  'frame.stranger': 'This project does not let {origin} embed it, so nothing starts here.',
} as const;
