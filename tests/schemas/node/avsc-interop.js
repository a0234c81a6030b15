'use strict';
// Reads one JSON task per line, answers one JSON line each, using avsc as an Avro implementation that is not ours.
//   {op: "rewrite", schema, bodies}            -> {bodies}: decoded and encoded again
//   {op: "make", schema, seed, count}          -> {bodies}: encoded from values made here
//   {op: "read", schema, body}                 -> {value}: decoded; bytes as hex
//   {op: "resolve", writer, reader, bodies}    -> {bodies} in the reader's schema, or {incompatible}
const readline = require('readline');
const avsc = require('avsc');

// avsc keeps the known names in the options, so each schema gets its own.
const parse = (schema) => avsc.Type.forSchema(JSON.parse(schema), { wrapUnions: true });
const hex = (buffer) => buffer.toString('hex');
const bytes = (text) => Buffer.from(text, 'hex');

function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * bound);
  };
}

function makeValue(schema, next, named, space) {
  if (Array.isArray(schema)) {
    const branch = schema[next(schema.length)];
    if (branch === 'null') return null;
    const value = makeValue(branch, next, named, space);
    return { [branchName(branch, space)]: value };
  }
  if (typeof schema === 'string' && named[fullName(schema, space)]) return makeValue(named[fullName(schema, space)], next, named, space);
  const type = schema.type || schema;
  const inner = schema.namespace || space;
  switch (type) {
    case 'record': return Object.fromEntries(schema.fields.map((field) => [field.name, makeValue(field.type, next, named, inner)]));
    case 'enum': return schema.symbols[next(schema.symbols.length)];
    case 'array': return Array.from({ length: next(4) }, () => makeValue(schema.items, next, named, inner));
    case 'map': return Object.fromEntries(['a', 'b', 'c'].slice(0, next(4)).map((key) => [key, makeValue(schema.values, next, named, inner)]));
    case 'string': return schema.logicalType === 'uuid' ? uuid(next) : ['', 'plain', 'Ünïcödé', '日本', '😀'][next(5)];
    case 'bytes': return Buffer.from(['00', '01', 'ff', '7f', '0080', 'ff7f', '0123456789abcdef', '204fce5e3e2502610fffffff'][next(8)], 'hex');
    case 'boolean': return next(2) === 1;
    case 'int': return next(4294967296) - 2147483648;
    case 'long': return schema.logicalType ? next(4e15) : next(4e15) - 2e15;
    case 'double': return next(1e9) / 1e6;
    default: throw new Error('no value for ' + type);
  }
}

function collectNames(schema, space, named) {
  if (Array.isArray(schema)) schema.forEach((branch) => collectNames(branch, space, named));
  if (typeof schema !== 'object' || schema === null) return named;
  const inner = schema.namespace || space;
  if (schema.name && (schema.fields || schema.symbols)) named[fullName(schema.name, inner)] = schema;
  (schema.fields || []).forEach((field) => collectNames(field.type, inner, named));
  [schema.items, schema.values].forEach((part) => part && collectNames(part, inner, named));
  return named;
}

function fullName(name, space) {
  return name.includes('.') || !space ? name : space + '.' + name;
}

function branchName(branch, space) {
  if (typeof branch === 'string') return /^(string|bytes|int|long|double|float|boolean)$/.test(branch) ? branch : fullName(branch, space);
  return branch.name ? fullName(branch.name, branch.namespace || space) : branch.type;
}

function uuid(next) {
  const digits = Array.from({ length: 32 }, () => next(16).toString(16)).join('');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

const operations = {
  rewrite({ schema, bodies }) {
    const type = parse(schema);
    return { bodies: bodies.map((body) => hex(type.toBuffer(type.fromBuffer(bytes(body))))) };
  },
  make({ schema, seed, count }) {
    const parsed = JSON.parse(schema);
    const type = parse(schema);
    const next = generator(seed);
    const named = collectNames(parsed, '', {});
    return { bodies: Array.from({ length: count }, () => hex(type.toBuffer(makeValue(parsed, next, named, '')))) };
  },
  read({ schema, body }) {
    const value = avsc.Type.forSchema(JSON.parse(schema)).fromBuffer(bytes(body));
    return { value: JSON.parse(JSON.stringify(value, function (key, found) { return Buffer.isBuffer(this[key]) ? hex(this[key]) : found; })) };
  },
  resolve({ writer, reader, bodies }) {
    const from = parse(writer);
    const to = parse(reader);
    let resolver;
    try {
      resolver = to.createResolver(from);
    } catch (error) {
      return { incompatible: error.message };
    }
    return { bodies: bodies.map((body) => hex(to.toBuffer(to.fromBuffer(bytes(body), resolver)))) };
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const task = JSON.parse(line);
  process.stdout.write(JSON.stringify(operations[task.op](task)) + '\n');
});
