/**
 * Where edits are kept until they are durable, so that they outlive a closed tab (D3). Keyed by user too: somebody
 * else who signs in on this browser must not send them as their own.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Operation } from "./protocol";

export interface StoredEdit {
  user: string;
  project: string;
  client: string;
  number: number;
  operations: readonly Operation[];
  /** When it was written, in ms since 1970. */
  written: number;
}

export interface OutboxStore {
  /** All edits of a user in a project, by client, each client's in order. */
  load(user: string, project: string): Promise<StoredEdit[]>;
  put(edit: StoredEdit): Promise<void>;
  remove(user: string, project: string, client: string, numbers: readonly number[]): Promise<void>;
}

interface OutboxSchema extends DBSchema {
  edits: { key: [string, string, string, number]; value: StoredEdit };
}

type Database = IDBPDatabase<OutboxSchema>;

export class IndexedDbOutboxStore implements OutboxStore {
  #database: Promise<Database> | null = null;

  constructor(private readonly name = "collabcanvas") {}

  async load(user: string, project: string): Promise<StoredEdit[]> {
    const range = IDBKeyRange.bound([user, project], [user, project, []]);
    return this.#use((database) => database.getAll("edits", range));
  }

  async put(edit: StoredEdit): Promise<void> {
    await this.#use((database) => database.put("edits", edit));
  }

  async remove(user: string, project: string, client: string, numbers: readonly number[]): Promise<void> {
    await this.#use((database) => {
      const { store, done } = database.transaction("edits", "readwrite");
      return Promise.all([...numbers.map((number) => store.delete([user, project, client, number])), done]);
    });
  }

  /** Whatever goes wrong, the next try opens the database anew: browsers close it behind a page in the background. */
  async #use<T>(work: (database: Database) => Promise<T>): Promise<T> {
    this.#database ??= this.#open();
    const database = this.#database;
    try {
      return await work(await database);
    } catch (error) {
      this.#forget(database);
      throw error;
    }
  }

  #open(): Promise<Database> {
    const database: Promise<Database> = openDB<OutboxSchema>(this.name, 1, {
      upgrade(upgraded) {
        upgraded.createObjectStore("edits", { keyPath: ["user", "project", "client", "number"] });
      },
      terminated: () => this.#forget(database),
    });
    return database;
  }

  #forget(database: Promise<Database>): void {
    if (this.#database !== database) return;
    this.#database = null;
    // What else is under way in it still comes to its end.
    database.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }
}

/** Edits by the outbox that they are in, each outbox's in their order. */
export function byClient<Edit extends { client: string }>(edits: readonly Edit[]): Map<string, Edit[]> {
  const groups = new Map<string, Edit[]>();
  for (const edit of edits) {
    const group = groups.get(edit.client);
    if (group) group.push(edit);
    else groups.set(edit.client, [edit]);
  }
  return groups;
}
