import { InvariantError } from '../../src/kernel/assert.ts'
import type { CommandName, Commands } from '../../src/kernel/hooks.ts'
import { commandBody, decodeCommandType, encodeCommand, ignorableCommand } from '../../src/wire/command.ts'
import type { CommandDefinition } from './contract.ts'

/** A command as it was read from the log. */
export interface DecodedCommand {
  readonly name: CommandName
  readonly command: Commands[CommandName]
}

/** Every command this server knows, by name and by the number it has in the log. */
export class CommandTable {
  readonly #byName = new Map<string, CommandDefinition>()
  readonly #byType = new Map<number, CommandDefinition>()

  define(definition: CommandDefinition): void {
    const number = definition.type & ~ignorableCommand
    const rival = this.#byType.get(number) ?? this.#byName.get(definition.name)
    if (rival) throw new InvariantError(`commands "${rival.name}" and "${definition.name}" share a name or a number`)
    this.#byName.set(definition.name, definition)
    this.#byType.set(number, definition)
  }

  /** The numbers of all commands, without the bit that allows skipping. */
  numbers(): number[] {
    return [...this.#byType.keys()]
  }

  encode<C extends CommandName>(name: C, command: Commands[C]): Buffer {
    const definition = this.#byName.get(name)
    if (!definition) throw new InvariantError(`the command "${name}" was proposed but never defined`)
    return encodeCommand(definition.type, definition.struct, command)
  }

  mayBeCut(name: CommandName): boolean {
    return this.#byName.get(name)?.mayBeCut ?? false
  }

  /**
   * The command behind a log entry, or undefined for one that may be skipped. One that is neither known nor skippable
   * must stop the server: its tables would differ from those of the others from here on.
   */
  decode(data: Buffer): DecodedCommand | undefined {
    const { type, ignorable } = decodeCommandType(data)
    const definition = this.#byType.get(type)
    if (definition) return { name: definition.name, command: definition.struct.decode(commandBody(data)) }
    if (ignorable) return undefined
    throw new InvariantError(
      `the log holds a command of type ${type}, which this version does not know; run a version that does`,
    )
  }
}
