// The text that calibrates an import unless another is given: passages of Herman Melville's
// Moby-Dick (1851, public domain), long and short, and plain sentences written for this file.
// A change of one character changes the ids of models that are imported with it.

/** One row each; about 1,100 tokens of WordPiece in all. */
export const calibrationText: readonly string[] = [
  'Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in ' +
    'my purse, and nothing particular to interest me on shore, I thought I would sail about a ' +
    'little and see the watery part of the world. It is a way I have of driving off the spleen ' +
    'and regulating the circulation. Whenever I find myself growing grim about the mouth; ' +
    'whenever it is a damp, drizzly November in my soul; whenever I find myself involuntarily ' +
    'pausing before coffin warehouses, and bringing up the rear of every funeral I meet; and ' +
    'especially whenever my hypos get such an upper hand of me, that it requires a strong moral ' +
    'principle to prevent me from deliberately stepping into the street, and methodically ' +
    "knocking people's hats off—then, I account it high time to get to sea as soon as I can. " +
    'This is my substitute for pistol and ball. With a philosophical flourish Cato throws ' +
    'himself upon his sword; I quietly take to the ship. There is nothing surprising in this. ' +
    'If they but knew it, almost all men in their degree, some time or other, cherish very ' +
    'nearly the same feelings towards the ocean with me.',
  'There now is your insular city of the Manhattoes, belted round by wharves as Indian isles ' +
    'by coral reefs—commerce surrounds it with her surf. Right and left, the streets take you ' +
    'waterward. Its extreme downtown is the battery, where that noble mole is washed by waves, ' +
    'and cooled by breezes, which a few hours previous were out of sight of land. Look at the ' +
    'crowds of water-gazers there.',
  'What the white whale was to Ahab, has been hinted; what, at times, he was to me, as yet ' +
    'remains unsaid. Aside from those more obvious considerations touching Moby Dick, which ' +
    "could not but occasionally awaken in any man's soul some alarm, there was another thought, " +
    'or rather vague, nameless horror concerning him, which at times by its intensity ' +
    'completely overpowered all the rest; and yet so mystical and well nigh ineffable was it, ' +
    'that I almost despair of putting it in a comprehensible form. It was the whiteness of the ' +
    'whale that above all things appalled me. But how can I hope to explain myself here; and ' +
    'yet, in some dim, random way, explain myself I must, else all these chapters might be ' +
    'naught.',
  'Already we are boldly launched upon the deep; but soon we shall be lost in its unshored, ' +
    "harbourless immensities. Ere that come to pass; ere the Pequod's weedy hull rolls side by " +
    'side with the barnacled hulls of the leviathan; at the outset it is but well to attend to ' +
    'a matter almost indispensable to a thorough appreciative understanding of the more special ' +
    'leviathanic revelations and allusions of all sorts which are to follow. It is some ' +
    'systematized exhibition of the whale in his broad genera, that I would now fain put before ' +
    'you. Yet is it no easy task. The classification of the constituents of a chaos, nothing ' +
    'less is here essayed. Listen to what the best and latest authorities have laid down.',
  'Call me Ishmael.',
  'It was the whiteness of the whale that above all things appalled me.',
  "From hell's heart I stab at thee; for hate's sake I spit my last breath at thee.",
  'Better sleep with a sober cannibal than a drunken Christian.',
  "I know not all that may be coming, but be it what it will, I'll go to it laughing.",
  'A man is playing a guitar on the street.',
  'Two dogs run across the wet grass.',
  'The committee will vote on the budget next Tuesday, officials said.',
  'How do I reset the password of my account?',
  'The recipe calls for 250 grams of flour, three eggs and a pinch of salt.',
  'Shares fell 4.2% in early trading after the company cut its forecast.',
  'She sold the old house because the roof was leaking.',
  'A woman slices a tomato with a sharp knife.',
  'What is the capital of Australia?',
  'The kitten slept in a cardboard box beside the stove.',
  'Heavy rain closed the mountain road for the second day in a row.',
  'Water boils at a lower temperature at high altitude.',
  'The train to the coast leaves from platform nine at half past six.',
  'No.',
  'Nobody on the team expected the bridge to reopen before winter.',
  'The function returns an empty list if the file cannot be read.',
  'Vitamin C does not prevent the common cold, a review of 29 trials found.',
  'A boy in a red shirt jumps into the swimming pool.',
  'Thank you very much for your patience!',
  'The two presidents met in Geneva on 16 June 2021 and talked for three hours.',
  'An orange cat sits next to a computer keyboard.',
  'Can you recommend a quiet place to work near the station?',
  "The museum's oldest painting was stolen, and nobody noticed for a week.",
  'He is not the one who broke the window.',
];
