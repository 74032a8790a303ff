import { getMetadataStorage } from 'class-validator';
import type { TextLimits } from '../platform/safe-text.js';

type Model = new () => object;
export type ModelMetadata = [Promise<Record<string, Model | undefined>>, Record<string, Record<string, object>>];

/** Puts the limits that class-validator checks at run time into the metadata of the models: the generator sees only those written as literals. */
export async function addLimits(models: readonly ModelMetadata[]): Promise<void> {
  for (const [file, classes] of models) {
    const exported = await file;
    for (const [name, properties] of Object.entries(classes)) {
      const model = exported[name];
      if (!model) throw new Error(`src/metadata.ts knows a class ${name} that is gone: run npm run generate`);
      for (const rule of getMetadataStorage().getTargetValidationMetadatas(model, '', true, false)) {
        const property = properties[rule.propertyName];
        if (property && !rule.each) Object.assign(property, limitsOf(rule.name ?? rule.type, rule.constraints));
      }
    }
  }
}

function limitsOf(rule: string, [limit]: unknown[] = []): object {
  switch (rule) {
    case 'min':
      return { minimum: limit };
    case 'max':
      return { maximum: limit };
    case 'arrayMaxSize':
      return { maxItems: limit };
    case 'matches':
      return limit instanceof RegExp ? { pattern: limit.source } : {};
    case 'safeText': {
      const { least, most } = limit as TextLimits;
      return { maxLength: most, ...(least ? { minLength: least } : {}) };
    }
    default:
      return {};
  }
}
