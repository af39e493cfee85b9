/** What the sample library holds. All words are Melodia's own. */
export interface SampleSong {
  title: string;
  style: string;
  categories: string[];
  tags: string[];
  occasion: string;
  recipient: string;
  /** Position in `sampleUsers` of who asked for it. */
  by: number;
  plays: number;
  likes: number;
  /** Lines starting with `[` open a section. */
  lyrics: string;
}

export const sampleUsers = [
  { email: 'ada@example.com', name: 'Ada Brandt', theme: 'dark', notifications: true },
  { email: 'bilal@example.com', name: 'Bilal Rahman', theme: 'light', notifications: true },
  { email: 'chiara@example.com', name: 'Chiara Conti', theme: 'system', notifications: false },
  { email: 'devika@example.com', name: 'Devika Rao', theme: 'dark', notifications: true },
] as const;

export const sampleCategories = [
  { slug: 'birthday', name: 'Birthday' },
  { slug: 'love', name: 'Love' },
  { slug: 'wedding', name: 'Wedding' },
  { slug: 'family', name: 'Family' },
  { slug: 'friendship', name: 'Friendship' },
  { slug: 'lullaby', name: 'Lullaby' },
  { slug: 'farewell', name: 'Farewell' },
];

export const sampleSongs: SampleSong[] = [
  {
    title: 'Seventy Candles',
    style: 'warm acoustic folk',
    categories: ['birthday', 'family'],
    tags: ['acoustic', 'grandmother', 'guitar'],
    occasion: "Grandmother's 70th birthday",
    recipient: 'Oma Lotte',
    by: 0,
    plays: 412,
    likes: 57,
    lyrics: `[Verse 1]
There's flour on your apron and a radio that hums
You count the chairs again before the whole long table comes
[Chorus]
Seventy candles and a breath to spare
Every one a morning that I found you there
[Verse 2]
You taught me how to whistle and to never rush the bread
I still hear you laughing at the stories that you read
[Chorus]
Seventy candles and a breath to spare
Every one a morning that I found you there`,
  },
  {
    title: 'Platform Nine, Quarter Past',
    style: 'indie pop',
    categories: ['love'],
    tags: ['train', 'first-meeting', 'upbeat'],
    occasion: 'Anniversary',
    recipient: 'Jonas',
    by: 2,
    plays: 903,
    likes: 148,
    lyrics: `[Verse 1]
You had the wrong ticket and I had the wrong day
We shared a bench and half an orange anyway
[Pre-Chorus]
And the board kept turning
[Chorus]
Platform nine, quarter past
I was hoping that the late train would be last
[Verse 2]
Ten years of timetables folded in a drawer
I would miss a thousand trains to miss that one once more`,
  },
  {
    title: 'Little Lighthouse',
    style: 'soft piano lullaby',
    categories: ['lullaby', 'family'],
    tags: ['piano', 'sleep', 'baby'],
    occasion: 'A new baby',
    recipient: 'Mira',
    by: 3,
    plays: 1284,
    likes: 231,
    lyrics: `[Verse 1]
Hush now the harbour is folding its sails
The moon has been counting the backs of the whales
[Chorus]
Little lighthouse turn your light down low
I will keep the water where the dreamers row
[Verse 2]
The gulls are asleep with the wind in their wings
And somewhere a kettle of starlight sings`,
  },
  {
    title: 'Two Left Feet',
    style: 'swing',
    categories: ['wedding', 'love'],
    tags: ['dance', 'brass', 'funny'],
    occasion: 'First dance',
    recipient: 'Nadia and Tom',
    by: 1,
    plays: 655,
    likes: 92,
    lyrics: `[Verse 1]
We took eleven lessons and we failed eleven times
You stepped on every toe of mine in perfect three-four time
[Chorus]
Oh two left feet and two right hands
Still the best couple that the floor can stand
[Verse 2]
So let the trumpet wander and the old clarinet lead
If we fall we fall together and that's all I'll ever need`,
  },
  {
    title: 'The Desk by the Window',
    style: 'slow soul',
    categories: ['farewell', 'friendship'],
    tags: ['colleague', 'retirement'],
    occasion: 'Retirement',
    recipient: 'Frau Adler',
    by: 0,
    plays: 188,
    likes: 21,
    lyrics: `[Verse 1]
Thirty years of ink stains and a plant that wouldn't die
You knew the names of everybody passing by
[Chorus]
Leave the light on at the desk by the window
We'll be telling them your jokes when the new ones go
[Outro]
Take the plant, it's yours, it always was`,
  },
  {
    title: 'Monsoon Telephone',
    style: 'lo-fi with tabla',
    categories: ['friendship'],
    tags: ['long-distance', 'rain', 'lo-fi'],
    occasion: 'Just because',
    recipient: 'Anand',
    by: 3,
    plays: 742,
    likes: 118,
    lyrics: `[Verse 1]
It's four in your morning and I'm burning the rice
You tell me it's raining, I ask you to tell me twice
[Chorus]
Hold the phone to the rain, hold the phone to the rain
I can smell our street again
[Verse 2]
The line drops a word and we laugh till it's found
Half of our friendship is made of that sound`,
  },
  {
    title: 'Goalkeeper',
    style: 'stadium rock',
    categories: ['birthday', 'friendship'],
    tags: ['football', 'loud', 'teenager'],
    occasion: '16th birthday',
    recipient: 'Sami',
    by: 1,
    plays: 371,
    likes: 44,
    lyrics: `[Verse 1]
Mud to the elbows and a grin full of rain
They shot from the halfway and you caught it again
[Chorus]
Nothing gets by you, nothing gets through
Sixteen years and the net's still new
[Bridge]
Hands up, hands up, louder than that`,
  },
  {
    title: 'Recipe in Your Handwriting',
    style: 'country ballad',
    categories: ['family'],
    tags: ['father', 'kitchen', 'memory'],
    occasion: "Father's Day",
    recipient: 'Papà',
    by: 2,
    plays: 529,
    likes: 83,
    lyrics: `[Verse 1]
A thumbprint of tomato on the corner of the card
You wrote a little salt and underlined it hard
[Chorus]
It's a recipe in your handwriting
It's the only map I keep
[Verse 2]
I called to ask how long and you said until it's done
I have been your daughter and I've been your only son`,
  },
  {
    title: 'Snow on the Balcony',
    style: 'jazz trio',
    categories: ['love'],
    tags: ['winter', 'jazz', 'quiet'],
    occasion: "Valentine's Day",
    recipient: 'Elif',
    by: 1,
    plays: 298,
    likes: 39,
    lyrics: `[Verse 1]
The city is muffled and the streetcar is late
You're wearing my sweater, I'm willing to wait
[Chorus]
Snow on the balcony, coffee for two
Nothing on the calendar, nothing but you`,
  },
  {
    title: 'Hundred Kilometre Hero',
    style: 'synth pop',
    categories: ['friendship', 'birthday'],
    tags: ['cycling', 'upbeat', 'synth'],
    occasion: '40th birthday',
    recipient: 'Markus',
    by: 0,
    plays: 466,
    likes: 61,
    lyrics: `[Verse 1]
You left before breakfast with a map and a bell
Said back by the evening but you never could tell
[Chorus]
Go go hundred kilometre hero
Forty on the counter and the worry at zero
[Verse 2]
Downhill with your arms wide like a kid off the wall
The wind is the oldest of friends of us all`,
  },
  {
    title: 'Both Our Names',
    style: 'string quartet pop',
    categories: ['wedding'],
    tags: ['strings', 'ceremony'],
    occasion: 'Wedding',
    recipient: 'Sofia and Inês',
    by: 2,
    plays: 838,
    likes: 134,
    lyrics: `[Verse 1]
They're carving the letters on the door of the flat
An S and an I and a drawing of the cat
[Chorus]
Both our names on the bell by the stair
Ring it once, ring it twice, we'll be there
[Verse 2]
I promise you winters and the last of the cake
I promise to wake you for the bus that you take`,
  },
  {
    title: 'Goodnight, Bus Number Five',
    style: 'ukulele lullaby',
    categories: ['lullaby'],
    tags: ['ukulele', 'toddler', 'sleep'],
    occasion: 'Bedtime',
    recipient: 'Leo',
    by: 3,
    plays: 1570,
    likes: 302,
    lyrics: `[Verse 1]
Goodnight to the tram and the crane on the hill
Goodnight to the digger that's finally still
[Chorus]
Goodnight, bus number five
Close your headlights, park your drive
[Verse 2]
Goodnight to the fountain that forgot how to run
We'll wake them tomorrow, we'll wake every one`,
  },
];
