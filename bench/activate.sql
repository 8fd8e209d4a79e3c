-- The statements of one activation, with the values that the service would send; the keys' MACs are their numbers.
-- Computers come as in the other contender: every key is asked for by its own computer, by the same twice more, then by another.
\set turn (:i / :block) % 4
\set n (((:i / (4 * :block)) * :block + :i % :block) * :clients + :client_id) % :keys
\set i :i + 1
\set part random(0, 15)
BEGIN;
SELECT key.id AS key_id, key.epoch, key.mac, key.locator, key.state, key.batch_id, batch.product, batch.edition, batch.channel, batch.slots, batch.policy, batch.agreement_id
  FROM activation_productkey AS key JOIN activation_batch AS batch ON batch.number = key.batch_id
 WHERE key.mac = ANY(ARRAY[decode(lpad(to_hex(:n::bigint), 64, '0'), 'hex')]) FOR NO KEY UPDATE OF key \gset
SELECT slot.id AS slot_id, slot.number, live.id AS live_id, live.hardware, live.bound_on, live.attempt, live.outcome, live.id IS NULL AS free
  FROM activation_keyslot AS slot LEFT JOIN activation_binding AS live ON live.slot_id = slot.id AND live.released_on IS NULL
 WHERE slot.key_id = :key_id ORDER BY slot.number \gset
\if :free
INSERT INTO activation_binding (id, slot_id, hardware_version, hardware, product, bound_on, released_on, ended, outcome, attempt)
VALUES (gen_random_uuid(), :slot_id, 1, '\x0410410000', 'srv-std', current_date, NULL, NULL, 'new', sha256(convert_to(:slot_id::text, 'UTF8')));
INSERT INTO activation_daytally (day, product, answer, part, count) VALUES (current_date, 'srv-std', 'new', :part::smallint, 1)
ON CONFLICT (day, product, answer, part) DO UPDATE SET count = activation_daytally.count + 1;
\elif :turn < 3
INSERT INTO activation_daytally (day, product, answer, part, count) VALUES (current_date, 'srv-std', 'same', :part::smallint, 1)
ON CONFLICT (day, product, answer, part) DO UPDATE SET count = activation_daytally.count + 1;
\else
INSERT INTO activation_daytally (day, product, answer, part, count) VALUES (current_date, 'srv-std', 'refused', :part::smallint, 1)
ON CONFLICT (day, product, answer, part) DO UPDATE SET count = activation_daytally.count + 1;
SELECT day, sketch FROM activation_keypressure WHERE key_id = :key_id AND day > current_date - 7 AND day <= current_date;
INSERT INTO activation_keypressure (key_id, day, sketch) VALUES (:key_id, current_date, decode(repeat('01', 32), 'hex'))
ON CONFLICT (key_id, day) DO UPDATE SET sketch = EXCLUDED.sketch;
\endif
COMMIT;
