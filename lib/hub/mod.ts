/** The Hugging Face hub: models and tables, downloaded once, checked, and kept. @module */
export { isOnHub, localPath, shownOptions } from "./dataset_file.ts";
export { downloadSnapshot, type Snapshot } from "./snapshot.ts";
export { type HubOptions, hubOptions } from "./transfer.ts";
