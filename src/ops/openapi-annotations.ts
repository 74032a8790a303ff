import { ApiExtension, ApiOperation, DECORATORS, SwaggerModule } from '@nestjs/swagger';
import { PUBLIC } from '../accounts/public.decorator.js';
import { metadata } from '../metadata.js';
import { addLimits, type ModelMetadata } from './openapi-limits.js';

/** Gives Swagger what its decorators lack: types and comments from src/metadata.ts, and which operations are public. */
export async function annotate(): Promise<void> {
  const loaded = await metadata();
  const { models, controllers } = loaded['@nestjs/swagger'] as unknown as {
    models: ModelMetadata[];
    controllers: ControllerMetadata[];
  };
  await addLimits(models);
  await SwaggerModule.loadPluginMetadata(async () => loaded);
  for (const [file, classes] of controllers) {
    for (const [name, methods] of Object.entries(classes)) {
      const controller = (await file)[name];
      if (!controller) throw new Error(`src/metadata.ts knows a controller ${name} that is gone: run npm run generate`);
      for (const [key, method] of Object.entries(methods)) {
        const handler = Object.getOwnPropertyDescriptor(controller.prototype, key);
        if (typeof handler?.value !== 'function') continue;
        describe(controller.prototype, key, handler, method.description);
        // Swagger would describe the answer with it too.
        delete method.description;
        if (Reflect.getMetadata(PUBLIC, handler.value) || Reflect.getMetadata(PUBLIC, controller))
          ApiExtension('x-public', true)(controller.prototype, key, handler);
      }
    }
  }
}

type ControllerMetadata = [
  Promise<Record<string, (new () => unknown) | undefined>>,
  Record<string, Record<string, { description?: string }>>,
];

/** A comment says more than the summary; Swagger leaves it out where `@ApiOperation` stands. */
function describe(prototype: object, key: string, handler: PropertyDescriptor, comment: string | undefined): void {
  const known = Reflect.getMetadata(DECORATORS.API_OPERATION, handler.value as object) as
    { summary?: string; description?: string } | undefined;
  if (comment === undefined || known?.description !== undefined) return;
  const summary = `${known?.summary}.`;
  const description = comment.startsWith(summary) ? comment.slice(summary.length).trim() : comment;
  if (description !== '') ApiOperation({ ...known, description })(prototype, key, handler);
}
