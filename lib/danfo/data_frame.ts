/** What Joulebook needs of a danfo.js data frame; every `DataFrame` of danfo.js has it. */
export interface DataFrame {
  /** Number of rows and of columns. */
  readonly shape: readonly number[];
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** Labels of the rows; filters and sorts keep them. */
  readonly index: readonly (string | number)[];
  /** Rows of cells. */
  readonly values: unknown;
}

/** What Joulebook needs of the danfo.js module. */
export interface DanfoModule<Frame extends DataFrame = DataFrame> {
  /** The class of data frames: from rows of cells, with names of columns. */
  readonly DataFrame: new (
    rows: readonly (readonly unknown[])[],
    options: { readonly columns: readonly string[]; readonly dtypes?: readonly string[] },
  ) => Frame;
}
