import type { Rule } from '../rule.js';
import { allowWithoutReason } from './allow-without-reason.js';
import { alterDomainConstraint } from './alter-domain-constraint.js';
import { alterTwice } from './alter-twice.js';
import { attachScans } from './attach-scans.js';
import { backfillInDdlTx } from './backfill-in-ddl-tx.js';
import { cascade } from './cascade.js';
import { charN } from './char-n.js';
import { checkValidates } from './check-validates.js';
import { cicCorrupts } from './cic-corrupts-14.0-14.3.js';
import { cicIfNotExists } from './cic-if-not-exists.js';
import { cicOnPartitioned } from './cic-on-partitioned.js';
import { cicShortLockTimeout } from './cic-short-lock-timeout.js';
import { cluster } from './cluster.js';
import { columnAlignment } from './column-alignment.js';
import { concurrentlyInTx } from './concurrently-in-tx.js';
import { concurrentlyMixedFile } from './concurrently-mixed-file.js';
import { createPartitionOf } from './create-partition-of.js';
import { createTableFkLocksParent } from './create-table-fk-locks-parent.js';
import { createTableIfExistsDrop } from './create-table-if-exists-drop.js';
import { dataDependent } from './data-dependent.js';
import { detachBlocks } from './detach-blocks.js';
import { domainCheck } from './domain-check.js';
import { domainWithCheck } from './domain-with-check.js';
import { dropColumn } from './drop-column.js';
import { dropDatabase } from './drop-database.js';
import { dropFkLocksParent } from './drop-fk-locks-parent.js';
import { dropIndexBlocks } from './drop-index-blocks.js';
import { dropNotNull } from './drop-not-null.js';
import { dropSchema } from './drop-schema.js';
import { dropTable } from './drop-table.js';
import { duplicateAssignment } from './duplicate-assignment.js';
import { enumCreated } from './enum-created.js';
import { enumRecreated } from './enum-recreated.js';
import { enumRenameValue } from './enum-rename-value.js';
import { enumValueUnplaced } from './enum-value-unplaced.js';
import { enumValueUsedInSameTx } from './enum-value-used-in-same-tx.js';
import { exclusionConstraint } from './exclusion-constraint.js';
import { extensionUpgrade } from './extension-upgrade.js';
import { fkDropped } from './fk-dropped.js';
import { fkValidates } from './fk-validates.js';
import { fkWithoutIndex } from './fk-without-index.js';
import { identifierOver63Bytes } from './identifier-over-63-bytes.js';
import { indexBlocksWrites } from './index-blocks-writes.js';
import { indexBuildLoad } from './index-build-load.js';
import { indexReplacedWithGap } from './index-replaced-with-gap.js';
import { indexTooWide } from './index-too-wide.js';
import { inlineConstraint } from './inline-constraint.js';
import { intId } from './int-id.js';
import { jsonColumn } from './json-column.js';
import { matviewRefresh } from './matview-refresh.js';
import { naming } from './naming.js';
import { noLockTimeout } from './no-lock-timeout.js';
import { noStatementTimeout } from './no-statement-timeout.js';
import { nonLinearHistory } from './non-linear-history.js';
import { notIdempotentOutsideTx } from './not-idempotent-outside-tx.js';
import { opaqueSql } from './opaque-sql.js';
import { pkBuildsIndex } from './pk-builds-index.js';
import { pkUsingNullableIndex } from './pk-using-nullable-index.js';
import { privilegeChange } from './privilege-change.js';
import { reindexBlocks } from './reindex-blocks.js';
import { renameColumn } from './rename-column.js';
import { renameSchema } from './rename-schema.js';
import { renameTable } from './rename-table.js';
import { requiredColumn } from './required-column.js';
import { rlsOnWithoutPolicy } from './rls-on-without-policy.js';
import { selectStarPlan } from './select-star-plan.js';
import { serial } from './serial.js';
import { serialOrIdentityColumn } from './serial-or-identity-column.js';
import { setLeaks } from './set-leaks.js';
import { setNotNullScans } from './set-not-null-scans.js';
import { setSchema } from './set-schema.js';
import { smallintId } from './smallint-id.js';
import { storedGeneratedColumn } from './stored-generated-column.js';
import { timestampWithoutTz } from './timestamp-without-tz.js';
import { timestamptzConversion } from './timestamptz-conversion.js';
import { triggerDdl } from './trigger-ddl.js';
import { truncate } from './truncate.js';
import { truncateCascade } from './truncate-cascade.js';
import { twoHotTablesOneTx } from './two-hot-tables-one-tx.js';
import { txLeftOpen } from './tx-left-open.js';
import { txNesting } from './tx-nesting.js';
import { typeChangeRewrites } from './type-change-rewrites.js';
import { typeChangeUnderView } from './type-change-under-view.js';
import { typeOfCheckedColumn } from './type-of-checked-column.js';
import { unbatchedDml } from './unbatched-dml.js';
import { uniqueBuildsIndex } from './unique-builds-index.js';
import { unknownSuppression } from './unknown-suppression.js';
import { unloggedSwitch } from './unlogged-switch.js';
import { unqualifiedTable } from './unqualified-table.js';
import { unreadableSql } from './unreadable-sql.js';
import { unusedSuppression } from './unused-suppression.js';
import { vacuumFull } from './vacuum-full.js';
import { validateSameTx } from './validate-same-tx.js';
import { varcharN } from './varchar-n.js';
import { volatileDefault } from './volatile-default.js';
import { workAfterAel } from './work-after-ael.js';

/** Every rule, in the order of their names: the only registration. */
export const rules: readonly Rule[] = [
  allowWithoutReason,
  alterDomainConstraint,
  alterTwice,
  attachScans,
  backfillInDdlTx,
  cascade,
  charN,
  checkValidates,
  cicCorrupts,
  cicIfNotExists,
  cicOnPartitioned,
  cicShortLockTimeout,
  cluster,
  columnAlignment,
  concurrentlyInTx,
  concurrentlyMixedFile,
  createPartitionOf,
  createTableFkLocksParent,
  createTableIfExistsDrop,
  dataDependent,
  detachBlocks,
  domainCheck,
  domainWithCheck,
  dropColumn,
  dropDatabase,
  dropFkLocksParent,
  dropIndexBlocks,
  dropNotNull,
  dropSchema,
  dropTable,
  duplicateAssignment,
  enumCreated,
  enumRecreated,
  enumRenameValue,
  enumValueUnplaced,
  enumValueUsedInSameTx,
  exclusionConstraint,
  extensionUpgrade,
  fkDropped,
  fkValidates,
  fkWithoutIndex,
  identifierOver63Bytes,
  indexBlocksWrites,
  indexBuildLoad,
  indexReplacedWithGap,
  indexTooWide,
  inlineConstraint,
  intId,
  jsonColumn,
  matviewRefresh,
  naming,
  noLockTimeout,
  noStatementTimeout,
  nonLinearHistory,
  notIdempotentOutsideTx,
  opaqueSql,
  pkBuildsIndex,
  pkUsingNullableIndex,
  privilegeChange,
  reindexBlocks,
  renameColumn,
  renameSchema,
  renameTable,
  requiredColumn,
  rlsOnWithoutPolicy,
  selectStarPlan,
  serial,
  serialOrIdentityColumn,
  setLeaks,
  setNotNullScans,
  setSchema,
  smallintId,
  storedGeneratedColumn,
  timestampWithoutTz,
  timestamptzConversion,
  triggerDdl,
  truncate,
  truncateCascade,
  twoHotTablesOneTx,
  txLeftOpen,
  txNesting,
  typeChangeRewrites,
  typeChangeUnderView,
  typeOfCheckedColumn,
  unbatchedDml,
  uniqueBuildsIndex,
  unknownSuppression,
  unloggedSwitch,
  unqualifiedTable,
  unreadableSql,
  unusedSuppression,
  vacuumFull,
  validateSameTx,
  varcharN,
  volatileDefault,
  workAfterAel,
];
