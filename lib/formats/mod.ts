/**
 * Readers: one file per on-disk format, each into power series, request logs or windows.
 *
 * @module
 */

export {};
