/**
 * The library: everything the command line does, without printing and without exiting.
 * @packageDocumentation
 */

export { type AdoptOptions, type AdoptReport, adoptDrift } from './api/adopt-drift.js';
export { type BackupOptions, type BackupReport, backup, backups, verifyBackup } from './api/backup.js';
export { applyBaseline, type BaselineOptions, type BaselinePlan, planBaseline } from './api/baseline.js';
export { type CheckOptions, type CheckReport, check } from './api/check.js';
export { type CheckResult, type DoctorProject, type DoctorReport, doctor } from './api/doctor.js';
export {
  type AcceptOptions,
  type AcceptReport,
  acceptDrift,
  type DriftOptions,
  type DriftReport,
  drift,
} from './api/drift.js';
export { type FinishOptions, type FinishPlan, finishRestore, planFinish } from './api/finish-restore.js';
export { type FixedFile, type FixOptions, type FixReport, fixMigrations } from './api/fix.js';
export {
  driftFleet,
  type FleetCounts,
  type FleetDatabase,
  type FleetEntry,
  type FleetMigrateOptions,
  type FleetOptions,
  type FleetProject,
  type FleetRunResult,
  migrateFleet,
  readFleetList,
  statusFleet,
} from './api/fleet.js';
export {
  checkGenerated,
  type FillDownsResult,
  type GenerateOptions,
  type GenerateProject,
  type GenerateResult,
  generate,
  generateDowns,
  type RenameQuestion,
} from './api/generate.js';
export { applyIntrospect, type IntrospectOptions, type IntrospectPlan, planIntrospect } from './api/introspect.js';
export type { LintOptions } from './api/lint.js';
export { type MigrateOptions, migrate, plan } from './api/migrate.js';
export { type PartOptions, type PartPlan, part, planPart } from './api/part.js';
export type { Project } from './api/project.js';
export { listParked, type ParkedDrop, type PurgeOptions, purge } from './api/purge.js';
export { type PushLoss, type PushOptions, type PushReport, push } from './api/push.js';
export type { Loss, RollbackPreview, Uncounted } from './api/read-rollback.js';
export { applyRebase, planRebase, type RebasedMigration, type RebaseOptions, type RebasePlan } from './api/rebase.js';
export { planRedo, type RedoResult, redo } from './api/redo.js';
export {
  applyRepair,
  type PlannedRepair,
  planRepair,
  type RepairChoices,
  type RepairOptions,
  type RepairStep,
} from './api/repair.js';
export { planRestore, type RestoreOptions, type RestorePlan, type RestoreReport, restore } from './api/restore.js';
export { planRollback, type RollbackOptions, rollback } from './api/rollback.js';
export type { RunOptions } from './api/run.js';
export { type RunBackfillOptions, runBackfill } from './api/run-backfill.js';
export {
  dropSnapshot,
  listSnapshots,
  restoreSnapshot,
  type Snapshot,
  type SnapshotOptions,
  saveSnapshot,
} from './api/snapshots.js';
export { applySquash, planSquash, type SquashOptions, type SquashPlan } from './api/squash.js';
export { type BegunBackfill, type StatusReport, status } from './api/status.js';
export { planSwitch, type SwitchOptions, type SwitchPreview, type SwitchResult, switchDatabase } from './api/switch.js';
export { planUpgrade, type UpgradeOptions, type UpgradePlan, upgrade } from './api/upgrade.js';
export { type BackfillDefinition, type BackfillTransaction, defineBackfill } from './backfill/define.js';
export type { Classification, CompatibilityChange } from './compatibility/index.js';
export type {
  AppliedRow,
  Backfill,
  BackfillProgress,
  Comparison,
  EditKind,
  FailedStep,
  Finding,
  FindingCode,
  GateClient,
  GateState,
  HeldBack,
  Migration,
  MigrationEvent,
  MigrationState,
  MigrationStatus,
  Phase,
  Plan,
  PlanOptions,
  RollbackPlanOptions,
  RunResult,
  Segment,
  SessionInfo,
  Statement,
  Step,
} from './core/types.js';
export type { Credentials } from './database/target.js';
export { type ErrorCode, errorCatalog } from './errors/catalog.js';
export { MigratorError, redact } from './errors/migrator-error.js';
export type { BackfillSettings, Timeouts } from './execute/context.js';
export type { GateSettings, HeartbeatColumns, HeartbeatSettings } from './gate/settings.js';
export {
  defineRule,
  type LintFinding,
  type LintTarget,
  type Match,
  type Rule,
  type RuleContext,
  type TableSizes,
} from './lint/index.js';
export type { Blocking, Rehearsal, RehearsedStatement, RelationLock, RowsRead } from './rehearsal/index.js';
