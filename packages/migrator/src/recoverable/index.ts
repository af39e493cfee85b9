export {
  DEFAULT_TRASH,
  isParked,
  isTrash,
  parkedColumnName,
  parkedPatterns,
  parkingSchema,
  parks,
  REGISTRY,
} from './names.js';
export {
  type ColumnToPark,
  type ForeignKeyToDrop,
  type ObjectToPark,
  openTrash,
  type Parking,
  type ParkingPlace,
  parkColumn,
  parkSequence,
  parkTable,
  parkType,
  type TableToPark,
} from './park.js';
