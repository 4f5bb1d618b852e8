/**
 * Datasets: the registry of published files, their checksums and a local mirror.
 *
 * @module
 */

export {};
