const here = (name: string): string => new URL(`./${name}.ts`, import.meta.url).href;

/** Module of the kind whose units are files and whose parts say what they hold. */
export const inspectKindUrl: string = here("inspect");

/** Module of the kind whose units are files and whose parts say what is wrong with them. */
export const lintKindUrl: string = here("lint");

/** Module of the kind whose parts say what stretches tell of clocks, sensors and idle power. */
export const calibrateStretchesKindUrl: string = here("calibrate_stretches");

/** Module of the kind whose parts are what stretches tell of costs. */
export const sumStretchesKindUrl: string = here("sum_stretches");

/** Module of the kind whose parts are energies of stretches. */
export const divideStretchesKindUrl: string = here("divide_stretches");

/** Module of the kind whose parts are predictions of a model on a device. */
export const sweepKindUrl: string = here("sweep");

/** Module of the kind whose parts are runs of a scheduling experiment. */
export const scheduleKindUrl: string = here("schedule");

/** Module of the kind whose parts are modelled serving runs. */
export const replayKindUrl: string = here("replay");

/** Module of the kind whose parts are held-out tests on published data. */
export const evaluateKindUrl: string = here("evaluate");

/** Module of the kind whose parts are energies of windows that begin in a stretch. */
export const windowStretchesKindUrl: string = here("window_stretches");
