/** What a code means on every channel. `http`, `mqtt` (MQTT 5 reason code) and `close` (WebSocket) are null where it cannot occur there. */
interface ErrorEntry {
  /** `{name}` is replaced by the parameter of that name; always says the offending value. */
  readonly message: string
  readonly hint: string
  readonly http: number | null
  readonly mqtt: number | null
  readonly close: number | null
}

// prettier-ignore
const CATALOGUE = {
  // Observations
  'OB-json': { message: 'Payload is not JSON: {why}', hint: 'Send one JSON object or an array of objects, UTF-8.', http: 400, mqtt: 0x99, close: null },
  'OB-empty': { message: 'Payload is empty', hint: 'Send one JSON object or an array of objects.', http: 400, mqtt: 0x99, close: null },
  'OB-type': { message: '{field} is {value}, expected {expected}', hint: 'Correct the type of {field}.', http: 422, mqtt: 0x99, close: null },
  'OB-missing': { message: '{field} is missing', hint: 'Add {field}; indicator, value and time are required.', http: 422, mqtt: 0x99, close: null },
  'OB-duplicate': { message: '{field} stands more than once', hint: 'Send each field once.', http: 422, mqtt: 0x99, close: null },
  'OB-unknown-field': { message: '{field} is not a field of an observation', hint: 'Remove it, or see the list of fields in the documentation.', http: 422, mqtt: 0x99, close: null },
  'OB-indicator': { message: 'Indicator {value} is not known here', hint: '{hint}', http: 422, mqtt: 0x99, close: null },
  'OB-range': { message: 'Value {value} of {field} is outside {range}', hint: 'Check the unit ({unit}) and the sensor.', http: 422, mqtt: 0x99, close: null },
  'OB-not-finite': { message: '{field} is {value}, not a finite number', hint: 'Leave out readings that failed instead of sending NaN, null or infinities.', http: 422, mqtt: 0x99, close: null },
  'OB-time': { message: 'Time {value} cannot be read', hint: 'Use ISO 8601 with an offset, as 2026-11-22T08:00:00+08:00, or milliseconds since 1970.', http: 422, mqtt: 0x99, close: null },
  'OB-time-future': { message: 'Time {value} is {ahead} ahead of now', hint: 'Set the clock of the source (NTP); up to {skew} is allowed. Quarantined, not counted.', http: 422, mqtt: 0x99, close: null },
  'OB-time-old': { message: 'Time {value} is {behind} behind now', hint: 'Up to {most} is taken; bring older data in by import.', http: 422, mqtt: 0x99, close: null },
  'OB-late': { message: 'Time {value} of {field} lies before the panes still held', hint: 'Send sooner: {held} are held for {field}.', http: null, mqtt: null, close: null },
  'OB-place': { message: 'No place: neither registered, nor lon and lat, nor area, nor address', hint: 'Add lon and lat, or have the source registered with its place.', http: 422, mqtt: 0x99, close: null },
  'OB-outside': { message: 'Place {value} is outside the city', hint: '{hint}', http: 422, mqtt: 0x99, close: null },
  'OB-area': { message: 'Area {value} is not in grid {grid}', hint: 'Use the official code as it stands in GET /api/v1/areas.', http: 422, mqtt: 0x99, close: null },
  'OB-address': { message: 'Address code {value} cannot be resolved', hint: 'Use a unified address code that begins with an area code of this grid.', http: 422, mqtt: 0x99, close: null },
  'OB-batch': { message: 'Batch has {value} observations, at most {most} are taken', hint: 'Split the batch.', http: 413, mqtt: 0x97, close: null },
  'OB-size': { message: 'Payload has {value} bytes, at most {most} are taken', hint: 'Split the batch or ask the operator for a larger limit.', http: 413, mqtt: 0x95, close: null },
  'OB-depth': { message: 'Payload nests deeper than {most}', hint: 'Send flat objects.', http: 422, mqtt: 0x99, close: null },
  'OB-personal': { message: '{field} may name a person and is not taken', hint: 'Leave it out: places are observed here, not people.', http: 422, mqtt: 0x99, close: null },
  // MQTT
  'MQ-topic': { message: 'Topic {value} is not qingyu/v1/{vendor}/<source>/observations', hint: 'Publish to qingyu/v1/<vendor>/<source>/observations; names are [a-z0-9-], 1 to 64.', http: null, mqtt: 0x90, close: null },
  'MQ-not-permitted': { message: '{value} is not permitted to {vendor}', hint: 'A vendor publishes below its own name and subscribes to its own feedback.', http: 403, mqtt: 0x87, close: null },
  'MQ-credentials': { message: 'User name or password of {value} is wrong', hint: 'Ask the operator; accounts stand in the configuration under vendors.', http: 401, mqtt: 0x86, close: null },
  'MQ-packet': { message: 'Packet breaks the protocol: {why}', hint: 'See MQTT 3.1.1 or 5; the connection is closed.', http: null, mqtt: 0x81, close: null },
  'MQ-quota': { message: '{value} connections, at most {most}', hint: 'Close connections that are not needed.', http: null, mqtt: 0x97, close: null },
  'MQ-version': { message: 'Protocol {value} is not spoken here', hint: 'Use MQTT 3.1.1 or 5.', http: null, mqtt: 0x84, close: null },
  'MQ-client': { message: 'Client id {value} is not taken', hint: 'Give an id of at most 256 bytes without control characters, or none with a clean session.', http: null, mqtt: 0x85, close: null },
  'MQ-takeover': { message: 'Client id {value} was taken over {most} times within a minute', hint: 'Two devices use the same client id: give each its own.', http: null, mqtt: 0x9f, close: null },
  'MQ-silent': { message: 'Nothing was heard for {value}', hint: 'Send CONNECT within 5 s, and later PINGREQ within the keep-alive.', http: null, mqtt: 0x8d, close: null },
  'MQ-busy': { message: 'Too many passwords wait to be verified', hint: 'Connect again in a few seconds.', http: 503, mqtt: 0x89, close: null },
  'MQ-unreachable': { message: 'Broker at {value} does not answer: {why}', hint: 'Start it, or correct broker.url (QINGYU_BROKER__URL); mqtts:// where it speaks TLS.', http: 503, mqtt: null, close: null },
  'MQ-account': { message: 'Broker at {value} refuses account {username}: {why}', hint: 'Correct broker.username and broker.password (QINGYU_BROKER__PASSWORD__FILE).', http: null, mqtt: null, close: null },
  'MQ-certificate': { message: 'Broker at {value} cannot be trusted: {why}', hint: 'Name in broker.ca the file of the authority that signed it, and in broker.url a host that its certificate is for.', http: null, mqtt: null, close: null },
  'MQ-refused': { message: 'Broker at {value} refuses {what}: {why}', hint: 'Permit it to account {username} in the access list of the broker, which must know shared subscriptions (MQTT 5).', http: null, mqtt: null, close: null },
  'MQ-taken-over': { message: 'Broker at {value} gave our session to another connection: {why}', hint: 'Give each process its own cluster.name, and each Qingyu on this broker its own broker.group.', http: null, mqtt: null, close: null },
  // Hotline
  'HL-service': { message: 'Service code {value} is not known here', hint: 'See GET /open311/v2/services.', http: 404, mqtt: null, close: null },
  'HL-request': { message: 'Service request {value} is not known here', hint: 'See GET /open311/v2/requests.', http: 404, mqtt: null, close: null },
  'HL-field': { message: '{field} is {value}, expected {expected}', hint: 'Correct {field}; see the documentation of the form.', http: 400, mqtt: null, close: null },
  'HL-busy': { message: 'Too much waits for the log to take {value} now', hint: 'Send again after a few seconds; with the same id nothing is counted twice.', http: 503, mqtt: null, close: null },
  'HL-media': { message: 'Content type {value} is not taken', hint: 'Send form data or JSON.', http: 415, mqtt: null, close: null },
  // Reports
  'RP-busy': { message: '{value} reports wait to be made', hint: 'Ask again in a few seconds.', http: 503, mqtt: null, close: null },
  // Log and state
  'LG-failed': { message: 'Log did not take the record: {why}', hint: 'Check free space and the health of the disk under {dir}; nothing was acknowledged, send again.', http: 503, mqtt: 0x80, close: null },
  'LG-gone': { message: 'Offset {value} of partition {partition} is no longer held; the oldest is {oldest}', hint: 'Lengthen log.retention or restore from the archive.', http: 410, mqtt: null, close: null },
  'LG-record': { message: 'Record {value} of partition {partition} cannot be read: {why}', hint: 'The log is damaged or of another version; restore from the archive.', http: 500, mqtt: null, close: null },
  'LG-unreachable': { message: 'Kafka at {value} does not answer: {why}', hint: 'Start the brokers, or correct kafka.brokers (QINGYU_KAFKA__BROKERS).', http: 503, mqtt: 0x88, close: null },
  'LG-credentials': { message: 'Kafka at {value} refuses the account: {why}', hint: 'Correct kafka.username, kafka.password and kafka.mechanism.', http: null, mqtt: null, close: null },
  'LG-partitions': { message: 'Topic {topic} has {value} partitions, configuration asks for {expected}', hint: 'Set log.partitions to {value}; the number is fixed for the life of a log. For another one choose a new kafka.topic.', http: null, mqtt: null, close: null },
  'LG-city': { message: 'Topic {topic} belongs to {value}, configuration asks for {expected}', hint: 'Choose another kafka.topic, or the grid that the topic was made for.', http: null, mqtt: null, close: null },
  'LG-foreign': { message: 'Message {value} of partition {partition} in topic {topic} is not ours', hint: 'It is passed over and counted; find out who else writes to the topic and stop it.', http: null, mqtt: null, close: null },
  'LG-driver': { message: 'Kafka needs node-rdkafka, which cannot be loaded: {why}', hint: 'Run npm run setup:cluster; it compiles for a few minutes and needs make, g++ and python3.', http: null, mqtt: null, close: null },
  'LG-topic': { message: 'Topic {topic} cannot be used: {why}', hint: '{hint}', http: null, mqtt: null, close: null },
  'ST-fenced': { message: 'State of partition {partition} stands at {value}, expected {expected}', hint: 'Another process owns the partition; this one stops writing.', http: null, mqtt: null, close: null },
  'ST-rewound': { message: 'State of partition {partition} stands at {value}, expected {expected}: the store lost commits', hint: 'It is loaded again and made anew from the log; look into the persistence of the store.', http: null, mqtt: null, close: null },
  'ST-lost': { message: 'State of partition {partition} is empty while its log begins at {value} and ends at {end}', hint: '{hint}', http: null, mqtt: null, close: null },
  'ST-ahead': { message: 'State of partition {partition} stands at {value}, beyond the end {end} of its log', hint: 'The log was replaced or lost: choose another redis.prefix and begin anew, or restore the log.', http: null, mqtt: null, close: null },
  'ST-unreachable': { message: 'Redis at {value} does not answer: {why}', hint: 'Start it, or correct redis.url, redis.nodes or redis.sentinels (QINGYU_REDIS__URL).', http: 503, mqtt: null, close: null },
  'ST-credentials': { message: 'Redis at {value} refuses the account: {why}', hint: 'Correct redis.username and redis.password.', http: null, mqtt: null, close: null },
  'ST-evicts': { message: 'Redis at {value} may evict keys (maxmemory-policy is {found})', hint: 'Set maxmemory-policy noeviction: state must not vanish.', http: null, mqtt: null, close: null },
  'ST-redis': { message: 'Redis at {value} cannot be used: {why}', hint: '{hint}', http: null, mqtt: null, close: null },
  'ST-prefix': { message: 'Prefix {prefix} in Redis belongs to {value}, configuration asks for {expected}', hint: 'Choose another redis.prefix, or remove the keys of this one.', http: null, mqtt: null, close: null },
  'ST-gone': { message: 'Changes of tick {value} are no longer held; the oldest are of {oldest}', hint: 'Take a snapshot.', http: 410, mqtt: null, close: null },
  'ST-version': { message: 'Data folder {dir} is of version {value}, this program reads {expected}', hint: 'Use a newer program, or another data folder.', http: null, mqtt: null, close: null },
  'ST-locked': { message: 'Data folder {dir} is in use by process {value}', hint: 'Stop that process, or choose another folder with QINGYU_DATA__DIR.', http: null, mqtt: null, close: null },
  'ST-city': { message: 'Data folder {dir} belongs to {value}, configuration asks for {expected}', hint: 'Choose another folder with QINGYU_DATA__DIR, or remove this one.', http: null, mqtt: null, close: null },
  'ST-damaged': { message: 'Data folder {dir} cannot be opened: {why}', hint: 'Restore it from a copy, or choose another folder with QINGYU_DATA__DIR.', http: null, mqtt: null, close: null },
  // Configuration and grid
  'CF-file': { message: 'Configuration {value} cannot be read: {why}', hint: 'Check the path given with --config.', http: null, mqtt: null, close: null },
  'CF-syntax': { message: '{file}:{line}:{column} is not YAML: {why}', hint: 'Mend the line.', http: null, mqtt: null, close: null },
  'CF-key': { message: '{file}: {field} is not a setting', hint: '{hint}', http: null, mqtt: null, close: null },
  'CF-value': { message: '{file}: {field} is {value}, expected {expected}', hint: 'Correct {field}.', http: null, mqtt: null, close: null },
  'CF-token': { message: 'HTTP would listen on {value} without a wall token', hint: 'Set QINGYU_HTTP__WALL_TOKEN__FILE, or listen on 127.0.0.1.', http: null, mqtt: null, close: null },
  'CF-port': { message: '{field} {value} is already taken', hint: 'Stop the other program or set {env}.', http: null, mqtt: null, close: null },
  'CF-cluster': { message: '{field} is {value}, expected {expected}', hint: '{hint}', http: null, mqtt: null, close: null },
  'CF-usage': { message: '{value} is not understood', hint: '{hint}', http: null, mqtt: null, close: null },
  'CL-program': { message: '{value} is not installed', hint: 'Install the Debian package {package}: apt install {package}.', http: null, mqtt: null, close: null },
  'CL-start': { message: '{value} did not start: {why}', hint: 'Its last words: {said}.', http: null, mqtt: null, close: null },
  'CL-lost': { message: '{value} ended with {why} and kept nothing', hint: 'Start again; with Java installed Kafka keeps its log.', http: null, mqtt: null, close: null },
  'CL-data': { message: 'Folder {value} cannot be used: {why}', hint: 'Give another one with --data, or {else}.', http: null, mqtt: null, close: null },
  'GR-file': { message: 'Grid {file} cannot be read: {why}', hint: 'Give a GeoJSON FeatureCollection (RFC 7946) or a generated grid.', http: null, mqtt: null, close: null },
  'GR-setting': { message: '{file}: {field} is {value}, expected {expected}', hint: 'Correct {field} of the grid file.', http: null, mqtt: null, close: null },
  'GR-size': { message: 'Grid {file} has {value} areas, at most {most} are taken', hint: 'Make cells larger, or leave out what is not managed.', http: null, mqtt: null, close: null },
  'GR-root': { message: 'Level {level} has {value}, expected exactly one area', hint: 'Give one area of level {level}, or name it with root.', http: null, mqtt: null, close: null },
  'GR-code': { message: 'Feature {feature}: code {value} is malformed', hint: 'A code is {expected}.', http: null, mqtt: null, close: null },
  'GR-duplicate': { message: 'Feature {feature}: code {value} stands also at feature {other}', hint: 'Give each area its own code.', http: null, mqtt: null, close: null },
  'GR-parent': { message: 'Area {value} has no parent {parent}', hint: 'Add the parent or mend the code.', http: null, mqtt: null, close: null },
  'GR-geometry': { message: 'Area {value}: {why}', hint: 'Give closed rings of at least four positions in {datum}.', http: null, mqtt: null, close: null },
  'GR-overlap': { message: 'Areas {value} and {other} overlap by {size} m²', hint: 'Mend the common edge; the smaller code owns the overlap meanwhile.', http: null, mqtt: null, close: null },
  'GR-gap': { message: 'Gap of {size} m² inside {value} near {place}', hint: 'Extend a neighbouring area; points in the gap belong to {value} itself.', http: null, mqtt: null, close: null },
  // Gateway
  'GW-not-found': { message: '{value} does not exist', hint: 'See /api/v1/openapi.json.', http: 404, mqtt: null, close: null },
  'GW-stage': { message: '{value} is served by the {stage} stage, which does not run in this process', hint: 'Ask a process started with --stage {stage}.', http: 404, mqtt: null, close: 1013 },
  'GW-area': { message: 'Area {value} is not in grid {grid}', hint: 'See GET /api/v1/areas.', http: 404, mqtt: null, close: 4404 },
  'GW-parameter': { message: '{field} is {value}, expected {expected}', hint: 'Correct {field}.', http: 400, mqtt: null, close: 4400 },
  'GW-token': { message: 'Wall token is missing or wrong', hint: 'Send Authorization: Bearer <token>, or the subprotocol qingyu.token.<token>.', http: 401, mqtt: null, close: 4401 },
  'GW-origin': { message: 'Origin {value} is not permitted', hint: 'Add it to http.origins.', http: 403, mqtt: null, close: 4403 },
  'GW-protocol': { message: 'Message is not understood: {why}', hint: 'Speak the subprotocol qingyu.v1.', http: 400, mqtt: null, close: 4400 },
  'GW-slow': { message: 'Wall drew nothing for {value}', hint: 'Connect again; a snapshot follows.', http: null, mqtt: null, close: 4408 },
  'GW-silent': { message: 'Wall did not answer pings for {value}', hint: 'Connect again.', http: null, mqtt: null, close: 4410 },
  'GW-flood': { message: 'Wall sent {value} messages in a second, at most {most}', hint: 'Send less.', http: 429, mqtt: null, close: 4429 },
  'GW-full': { message: '{value} walls are connected, at most {most}', hint: 'Connect again after {retryAfter} s.', http: 503, mqtt: null, close: 4503 },
  'GW-stopping': { message: 'Server is going down', hint: 'Connect again after {retryAfter} s.', http: 503, mqtt: 0x8b, close: 1001 },
  'GW-internal': { message: 'Unexpected fault: {why}', hint: 'See the server log.', http: 500, mqtt: 0x80, close: 1011 },
  // Import
  'IM-file': { message: 'File {value} cannot be read: {why}', hint: 'Check the path.', http: null, mqtt: null, close: null },
  'IM-format': { message: 'Format {value} is not known', hint: 'Known: {known}; or the path of a mapping file.', http: null, mqtt: null, close: null },
  'IM-mapping': { message: '{file}: {field} is {value}, expected {expected}', hint: 'Correct the mapping.', http: null, mqtt: null, close: null },
  'IM-row': { message: 'Row {row}: {field} is {value}, expected {expected}', hint: 'The row is counted as refused; the others go on.', http: null, mqtt: null, close: null },
  'IM-door': { message: '{value} does not take the data: {why}', hint: 'Start Qingyu (npm start), or give its address with --mqtt or --http.', http: null, mqtt: null, close: null },
  // Alerts, and what people do about them
  'AL-unknown': { message: '{what} {value} is not known here', hint: 'It may be over; load the list again.', http: 404, mqtt: null, close: null },
  'AL-role': { message: 'Role {role} of {person} does not permit {verb}', hint: 'Ask somebody with the role {expected}.', http: 403, mqtt: null, close: null },
  'AL-area': { message: '{value} is outside {area}, which {person} answers for', hint: 'Ask who answers for {value}, or an area above both.', http: 403, mqtt: null, close: null },
  'AL-state': { message: 'Alert {value} is {state}: {verb} is not possible', hint: '{hint}', http: 409, mqtt: null, close: null },
  'AL-done': { message: 'Alert {value}: {person} did {verb} at {since} already', hint: 'Nothing is left to do; its record says who did what.', http: 409, mqtt: null, close: null },
  'AL-own-work': { message: '{person} worked on alert {value} and may not do {verb}', hint: 'Nobody verifies their own work: ask another supervisor.', http: 403, mqtt: null, close: null },
  'AL-verb': { message: 'Action {value} is not known here', hint: 'See the list of actions in the documentation.', http: 422, mqtt: null, close: null },
  'AL-full': { message: '{value} alerts are open, at most {most}', hint: 'Close those that are over.', http: 503, mqtt: null, close: null },
  'AL-field': { message: '{field} is {value}, expected {expected}', hint: 'Correct {field}.', http: 422, mqtt: null, close: null },
  // Rosters
  'RO-text': { message: '{roster}, line {line}: {why}', hint: 'Mend the line; the roster read before holds meanwhile.', http: 422, mqtt: null, close: null },
  'RO-field': { message: '{roster}, line {line}: {field} is {value}, expected {expected}', hint: 'Correct {field}; the roster read before holds meanwhile.', http: 422, mqtt: null, close: null },
  'RO-size': { message: '{roster} has {value} {what}, at most {most} are taken', hint: 'Split it, or leave out what is long past; the roster read before holds meanwhile.', http: 413, mqtt: null, close: null },
  'RO-source': { message: '{roster} cannot be read: {why}', hint: 'Check file or url of rosters.{roster}; the roster read before holds meanwhile.', http: null, mqtt: null, close: null },
  'RO-overlap': { message: '{roster}, lines {line} and {other}: shifts for {area} overlap from {from}', hint: 'All are told, in the order of the roster; let the shifts meet if that is not meant.', http: null, mqtt: null, close: null },
  'RO-gap': { message: '{roster}: nobody is on duty for {area} from {from} to {to}', hint: 'The area above answers then, in the end alerts.fallback; add a shift if that is not meant.', http: null, mqtt: null, close: null },
  // Sessions and the desk
  'SE-session': { message: 'Nobody is signed in: {why}', hint: 'Sign in with POST /api/v1/session, or send Authorization: Bearer with an API token of /api/v1/tokens.', http: 401, mqtt: null, close: null },
  'SE-credentials': { message: 'Person or password is wrong', hint: 'People stand in the configuration under people; the operator makes a new password with qingyu person.', http: 401, mqtt: null, close: null },
  'SE-locked': { message: 'Too many wrong passwords from here; {value} more s to wait', hint: 'Sign in again after {retryAfter} s.', http: 429, mqtt: null, close: null },
  'SE-busy': { message: '{value} cannot be done now: {why}', hint: 'Try again in a few seconds.', http: 503, mqtt: null, close: null },
  'SE-role': { message: '{value} is not open to the role {role}', hint: 'Ask somebody with one of the roles {expected}.', http: 403, mqtt: null, close: null },
  'SE-origin': { message: 'A page of {value} may not act for who is signed in', hint: 'Open the desk at the address of this server.', http: 403, mqtt: null, close: null },
  'SE-rate': { message: '{value} acts within a second, at most {most}', hint: 'Act again after {retryAfter} s.', http: 429, mqtt: null, close: null },
  'SE-most': { message: '{value} {what} are open, at most {most}', hint: 'Close one that is not needed.', http: 409, mqtt: null, close: null },
  // Channels
  'CH-address': { message: 'Address for {channel} cannot be used: {why}', hint: 'Correct it in the settings of the person.', http: 422, mqtt: null, close: null },
  'CH-private': { message: '{channel} leads into a private or special network', hint: 'Use a public address, or name its host in channels.webhookPrivate.', http: 422, mqtt: null, close: null },
  'CH-timeout': { message: '{channel} did not answer within {value}', hint: 'It is tried again; see whether the receiver hangs.', http: null, mqtt: null, close: null },
  'CH-unreachable': { message: '{channel} cannot be reached: {why}', hint: 'It is tried again; see whether the receiver runs.', http: null, mqtt: null, close: null },
  'CH-redirect': { message: '{channel} answered {value}, a redirect, which is not followed', hint: 'Give the address that it leads to.', http: null, mqtt: null, close: null },
  'CH-refused': { message: '{channel} answered {value}', hint: 'See the log of the receiver.', http: null, mqtt: null, close: null },
  'CH-gone': { message: 'Browser has given up its subscription ({value})', hint: 'Turn notifications on again on the desk of that browser.', http: null, mqtt: null, close: null },
  'CH-account': { message: '{channel} refuses our account ({value})', hint: 'Correct the account in channels; it is tried again.', http: null, mqtt: null, close: null },
  'CH-nobody': { message: 'Nobody is subscribed to the topic', hint: 'Have the receiver subscribe, with a session that outlives its connection; it is tried again.', http: null, mqtt: null, close: null },
  'CH-file': { message: 'CAP messages cannot be written: {why}', hint: 'Check channels.capFolder, its permissions and free space.', http: null, mqtt: null, close: null },
  // Archive
  'AV-gap': { message: 'Nothing is kept of {value}', hint: 'Kept is {held}.', http: 404, mqtt: null, close: null },
  'AV-file': { message: 'File {value} of the archive cannot be used: {why}', hint: 'Bring it back from a copy; what it held is shown as a gap meanwhile.', http: 500, mqtt: null, close: null },
  'AV-plan': { message: 'Plan {value} is not in the archive', hint: 'Bring the file back from a copy of the archive.', http: 500, mqtt: null, close: null },
  'AV-grid': { message: 'Archive is of grid {value}, here holds {expected}: {why}', hint: 'Open it with its own grid, or add the areas that are missing.', http: 409, mqtt: null, close: null },
  'AV-restore': { message: 'Archive {value} cannot be restored: {why}', hint: '{hint}', http: null, mqtt: null, close: null },
  'AV-ahead': { message: 'Archive holds partition {partition} up to offset {value}, but the log ends at {end}', hint: 'The log is older than its archive: bring back the newer one, or give another archive.dir.', http: null, mqtt: null, close: null },
  // Replay
  'RY-full': { message: '{value} {what} are open, at most {most}', hint: 'Close one that is not needed, or raise {field}.', http: 409, mqtt: null, close: null },
  'RY-future': { message: '{value} lies in the future: nothing newer than {newest} is kept yet', hint: 'Choose an earlier time; the archive follows live within a minute.', http: 422, mqtt: null, close: null },
  'RY-field': { message: '{field} is {value}, expected {expected}', hint: 'Correct {field}.', http: 422, mqtt: null, close: null },
  'RY-unknown': { message: '{value} is not open', hint: 'See GET /api/v1/replays and GET /api/v1/rehearsals.', http: 404, mqtt: null, close: 4404 },
  'RY-past': { message: '{value} is not possible: a replay shows what was', hint: 'Open a drill to act; what is live is on the desk.', http: 409, mqtt: null, close: null },
  'RY-failed': { message: 'Replay {value} broke off: {why}', hint: 'Open it again; see the server log.', http: 500, mqtt: null, close: 1011 },
  'RY-drill': { message: '{value} is not part of this drill: {why}', hint: 'Who opens a drill names who takes part; look on, or do it on the live desk.', http: 403, mqtt: null, close: null },
  // Rules
  'RS-syntax': { message: 'Rules cannot be read, line {line}: {why}', hint: 'Mend the line.', http: 422, mqtt: null, close: null },
  'RS-value': { message: '{field} is {value}, expected {expected}', hint: 'Correct {field}.', http: 422, mqtt: null, close: null },
  'RS-unknown': { message: 'Version {value} of the rules is not known', hint: 'See GET /api/v1/rules/versions.', http: 404, mqtt: null, close: null },
  'RS-fixed': { message: '{field} cannot be changed while the city is watched: {value}, in force {expected}', hint: 'Change it in the configuration file and start again.', http: 422, mqtt: null, close: null },
  'RS-current': { message: 'Version {value} of the rules is in force already', hint: 'Nothing is left to do.', http: 409, mqtt: null, close: null },
  'RS-pending': { message: 'Version {value} of the rules is about to be in force', hint: 'Wait until it is, a few seconds; then publish another.', http: 409, mqtt: null, close: null },
  // Bundles
  'BU-file': { message: 'Bundle cannot be read: {why}', hint: 'Export it again.', http: 422, mqtt: null, close: null },
  'BU-altered': { message: '{value} of the bundle was altered', hint: 'Ask for the bundle again from who made it.', http: 422, mqtt: null, close: null },
  'BU-size': { message: 'Bundle has {value} bytes, at most {most} are taken', hint: 'Export a shorter time.', http: 413, mqtt: null, close: null },
  'BU-full': { message: '{value} {what} of bundles are kept, at most {most}', hint: 'Delete one that is not needed.', http: 409, mqtt: null, close: null },
  'BU-key': { message: 'Key of the installation cannot be read: {why}', hint: 'Start Qingyu once on this data folder; in a cluster export by POST /api/v1/bundles.', http: 503, mqtt: null, close: null },
} as const satisfies Record<string, ErrorEntry>

/** A code of the catalogue. */
export type ErrorCode = keyof typeof CATALOGUE

/** All errors Qingyu knows; the README's table is checked against it. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = CATALOGUE

type Parameters = Readonly<Record<string, string | number>>

function fill(sentence: string, parameters: Parameters): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
}

/** The sentence of a code with its parameters set in. */
export function messageOf(code: ErrorCode, parameters: Parameters): string {
  return fill(ERRORS[code].message, parameters)
}

/** The hint of a code with its parameters set in. */
export function hintOf(code: ErrorCode, parameters: Parameters): string {
  return fill(ERRORS[code].hint, parameters)
}

/** The only error that Qingyu throws on purpose. */
export class QingyuError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly parameters: Parameters
  constructor(code: ErrorCode, parameters: Parameters, cause?: unknown) {
    super(messageOf(code, parameters), cause === undefined ? undefined : { cause })
    this.name = 'QingyuError'
    this.code = code
    this.hint = hintOf(code, parameters)
    this.parameters = parameters
  }
}

/** The sentence of anything thrown. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The oldest tick that is still held, where that is why a reader was refused (ST-gone). */
export function oldestOf(fault: unknown): number | undefined {
  if (!(fault instanceof QingyuError) || fault.code !== 'ST-gone') return undefined
  const oldest = fault.parameters['oldest']
  return typeof oldest === 'number' ? oldest : undefined
}
