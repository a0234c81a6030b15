// Reads llm-usage with clients that are not ours: kafkajs for the log, avsc for the records, the registry by plain HTTP.
// usage: node read-usage.js BOOTSTRAP REGISTRY TOPIC TENANT COUNT   prints one JSON line for each of COUNT records of TENANT, then exits
const { Kafka, logLevel, CompressionCodecs, CompressionTypes } = require('kafkajs');
const avro = require('avsc');
const lz4 = require('lz4js');

// kafkajs brings gzip only; other compressions are plugged in.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => Buffer.from(lz4.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
});

const [bootstrap, registry, topic, tenant, count] = process.argv.slice(2);
const types = new Map();

async function typeOf(id) {
  if (!types.has(id)) {
    const answer = await fetch(`${registry}/schemas/ids/${id}`);
    if (!answer.ok) throw new Error(`registry answers ${answer.status} for schema ${id}`);
    types.set(id, avro.Type.forSchema(JSON.parse((await answer.json()).schema)));
  }
  return types.get(id);
}

function decimal(bytes, scale) {
  if (bytes === null) return null;
  const negative = bytes.length > 0 && bytes[0] & 0x80;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  if (negative) value -= 1n << BigInt(8 * bytes.length);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

async function main() {
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `foreign-reader-${process.pid}-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  // Otherwise a record that cannot be read is tried again in silence until the time is up.
  consumer.on(consumer.events.CRASH, ({ payload }) => { console.error(payload.error); process.exit(1); });
  let seen = 0;
  const limit = setTimeout(() => { console.error(`only ${seen} of ${count} records came`); process.exit(1); }, 60000);
  await consumer.run({
    eachMessage: async ({ message }) => {
      const value = message.value;
      // Records of other runs are passed over unread: there may be many, and their schema may be another.
      if (!value.includes(tenant)) return;
      if (value[0] !== 0) throw new Error('not the Confluent wire format');
      const usage = (await typeOf(value.readInt32BE(1))).fromBuffer(value.subarray(5));
      if (usage.attribution.tenant !== tenant) return;
      console.log(JSON.stringify({
        key: message.key.toString(), event_id: usage.event_id, revision: usage.revision, request_model: usage.request_model,
        status: usage.cost.status, list_total: decimal(usage.cost.list_total, 12),
        input_total: usage.usage ? usage.usage.input_total : null,
      }));
      if (++seen >= Number(count)) { clearTimeout(limit); setImmediate(() => consumer.disconnect().then(() => process.exit(0))); }
    },
  });
}

main().catch((error) => { console.error(error); process.exit(1); });
