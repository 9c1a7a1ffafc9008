// The health check of MongoDB, which also makes what is missing: the replica set and its users.
// health.sh runs it.
// Healthy means: every service can log in, and this is the primary.
const { readFileSync } = require("fs");

const { MONGODB_MEMBER, PAYMENTS_MONGODB_DATABASE, SECRETS_FOLDER = "/run/secrets" } = process.env;
const PORT = MONGODB_MEMBER.split(":")[1];
const PRIMARY_SECONDS = 20;
const ALREADY_INITIALIZED = 23;
// No remove and no drop: orders, their history and the calls to gateways are kept; what has a
// retention is removed by the server itself.
const KEEPS = ["find", "insert", "update", "createCollection", "createIndex", "listIndexes"];
const OWNS = [...KEEPS, "remove"];
// Each service's rights: by collection, "" for all of the database.
const SERVICES = {
  "payment-orchestrator": { "": KEEPS, breakers: OWNS },
  // It never writes an order.
  reconciler: {
    orders: ["find"],
    reconciliation: OWNS,
    discrepancies: OWNS,
    breakers: OWNS,
    api_calls: ["insert"],
  },
};

function password(name) {
  return readFileSync(`${SECRETS_FOLDER}/mongodb_${name}_password`, "utf8").trim();
}

function fileName(service) {
  return service.replace(/-/g, "_");
}

function connectAs(name, secret) {
  const login = name === null ? "" : `${name}:${encodeURIComponent(secret)}@`;
  return new Mongo(`mongodb://${login}127.0.0.1:${PORT}/?directConnection=true`).getDB("admin");
}

function isHealthy() {
  try {
    return Object.keys(SERVICES).every(
      (name) => connectAs(name, password(fileName(name))).hello().isWritablePrimary,
    );
  } catch {
    return false;
  }
}

// Until there is a user, mongod lets anybody on its own machine make the first one.
function startOnce() {
  const nobody = connectAs(null);
  try {
    nobody.adminCommand({
      replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: MONGODB_MEMBER }] },
    });
  } catch (error) {
    if (error.code !== ALREADY_INITIALIZED) throw error;
  }
  for (let waited = 0; !nobody.hello().isWritablePrimary; waited += 1) {
    if (waited >= PRIMARY_SECONDS) throw new Error("no primary was elected");
    sleep(1000);
  }
  nobody.createUser({ user: "admin", pwd: password("admin"), roles: ["root"] });
}

function adminOrNull() {
  try {
    const admin = connectAs("admin", password("admin"));
    admin.hello(); // mongosh would carry a refusal out of a bare return, past the catch
    return admin;
  } catch {
    return null;
  }
}

function allow(admin, name, rights) {
  const privileges = Object.entries(rights).map(([collection, actions]) => ({
    resource: { db: PAYMENTS_MONGODB_DATABASE, collection },
    actions,
  }));
  const role = fileName(name);
  if (admin.getRole(role) === null) admin.createRole({ role, privileges, roles: [] });
  else admin.updateRole(role, { privileges, roles: [] });
  const user = { pwd: password(role), roles: [role] };
  if (admin.getUser(name) === null) admin.createUser({ user: name, ...user });
  else admin.updateUser(name, user);
}

if (!isHealthy()) {
  let admin = adminOrNull();
  if (admin === null) {
    startOnce();
    admin = connectAs("admin", password("admin"));
  }
  for (const [name, rights] of Object.entries(SERVICES)) allow(admin, name, rights);
  if (!isHealthy()) throw new Error("this is not the primary");
}
