// The health check of MongoDB, which also makes what is missing: the replica set and its users.
// health.sh runs it.
// Healthy means: the orchestrator can log in, and this is the primary.
const { readFileSync } = require("fs");

const { MONGODB_MEMBER, PAYMENTS_MONGODB_DATABASE, SECRETS_FOLDER = "/run/secrets" } = process.env;
const PORT = MONGODB_MEMBER.split(":")[1];
const PRIMARY_SECONDS = 20;
const ALREADY_INITIALIZED = 23;
const USER = "payment-orchestrator";
const ROLE = "paymentOrchestrator";
// No remove and no drop: orders, their history and the calls to gateways are kept; what has a
// retention is removed by the server itself.
const ACTIONS = ["find", "insert", "update", "createCollection", "createIndex", "listIndexes"];

function password(name) {
  return readFileSync(`${SECRETS_FOLDER}/mongodb_${name}_password`, "utf8").trim();
}

function connectAs(name, secret) {
  const login = name === null ? "" : `${name}:${encodeURIComponent(secret)}@`;
  return new Mongo(`mongodb://${login}127.0.0.1:${PORT}/?directConnection=true`).getDB("admin");
}

function isHealthy() {
  try {
    return connectAs(USER, password("payment_orchestrator")).hello().isWritablePrimary;
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

function allowOrchestrator(admin) {
  const resource = { db: PAYMENTS_MONGODB_DATABASE, collection: "" };
  const role = { privileges: [{ resource, actions: ACTIONS }], roles: [] };
  if (admin.getRole(ROLE) === null) admin.createRole({ role: ROLE, ...role });
  else admin.updateRole(ROLE, role);
  const user = { pwd: password("payment_orchestrator"), roles: [ROLE] };
  if (admin.getUser(USER) === null) admin.createUser({ user: USER, ...user });
  else admin.updateUser(USER, user);
}

if (!isHealthy()) {
  let admin = adminOrNull();
  if (admin === null) {
    startOnce();
    admin = connectAs("admin", password("admin"));
  }
  allowOrchestrator(admin);
  if (!isHealthy()) throw new Error("this is not the primary");
}
