import { IsISO8601, ValidateBy } from 'class-validator';

const TIME = 'must be a time such as 2026-11-21T18:04:11.512Z';

/** A time with its zone, which the database can hold. */
export function IsTime(): PropertyDecorator {
  return (target, property) => {
    IsISO8601({ strict: true, strictSeparator: true }, { message: TIME })(target, property);
    ValidateBy({
      name: 'isTime',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(value) &&
          !Number.isNaN(Date.parse(value)),
        defaultMessage: () => TIME,
      },
    })(target, property);
  };
}
