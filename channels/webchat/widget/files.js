// Files that wait for the network, so that a reload does not lose them (IndexedDB).

const NAME = "payam-files";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("files", mode);
      const request = act(transaction.objectStore("files"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Keep a file under a key. Where the browser refuses, the page's own copy has to do. */
export const keep = (key, file) =>
  run("readwrite", (store) => store.put(file, key)).catch(() => {});

/** The kept file, or undefined. */
export const kept = (key) => run("readonly", (store) => store.get(key)).catch(() => undefined);

export const drop = (key) => run("readwrite", (store) => store.delete(key)).catch(() => {});
