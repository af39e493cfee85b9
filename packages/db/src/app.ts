// What an application says of itself, to the database and to those who look at it.
export {
  type AppIdentity,
  applicationName,
  type ConnectionIdentity,
  packageVersion,
  readApplicationName,
} from './app-name.js';
export { type Heartbeat, type HeartbeatOptions, startHeartbeat } from './heartbeat.js';
