// Usage: node server.js BACKEND_HOST:PORT BOARD_PROTO INCLUDE_FOLDER... Prints its port.
const [backend, proto, ...includeDirs] = process.argv.slice(2);
const express = require('express');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const definition = protoLoader.loadSync(proto, { includeDirs, longs: String, enums: String, defaults: true });
const { Board } = grpc.loadPackageDefinition(definition).jobmesh.bench.v1;
const board = new Board(backend, grpc.credentials.createInsecure());

const app = express();
app.get('/bench/postings', (request, response) => {
  board.ListPostings({ title: request.query.title || '' }, (error, page) => {
    if (error) {
      response.status(502).json({ msg: error.details });
    } else {
      response.json(page);
    }
  });
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
server.keepAliveTimeout = 120000;
