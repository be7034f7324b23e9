export interface StudyOptions {
  rounds: number;
  /** Whether the study is short, for a first look. */
  quick: boolean;
  /** Whether a client of this name is wanted. */
  wants: (client: string) => boolean;
  /** The base URL, with /v1, of an engine that runs already and is used in place of one that is started. */
  engineUrl: string | null;
  /** Says what cannot be measured here, and why. */
  note: (text: string) => void;
}

/** A scenario that is no table of clients against the truth server. */
export interface Study {
  name: string;
  title: string;
  quick: boolean;
  /** What it found, for a reader and for a script. */
  run: (options: StudyOptions) => Promise<{ text: string; figures: unknown }>;
}
