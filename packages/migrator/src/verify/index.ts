export {
  differencesText,
  groundOf,
  type RoundTrip,
  type RoundTripOptions,
  type RoundTripReport,
  roundTrips,
  type TwoWayMigration,
} from './round-trip.js';
