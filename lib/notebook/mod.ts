/**
 * Notebook: tables and figures as a Jupyter front end shows them.
 *
 * @module
 */

export {};
