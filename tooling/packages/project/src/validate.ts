import { songRequestInputSchema, validate } from '@melodia/db/validation';

export const validateSongRequest = (input: unknown) => validate(songRequestInputSchema, input);
