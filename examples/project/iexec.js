// A project file as the iExec SDK has it, for an app that needs no docker:
//   emulate run examples/project/iexec.js
//   emulate import examples/project/iexec.js
module.exports = {
  description: 'Greets whom it is told to greet.',
  license: 'MIT',
  app: {
    owner: '0x0000000000000000000000000000000000000000',
    name: 'Greeter',
    type: 'BUILTIN',      // DOCKER with an image as multiaddr, WASM with a file, BUILTIN with a name
    multiaddr: 'hello',
  },
  order: {
    apporder: { appprice: 10, volume: 1000000 },
    requestorder: {
      workerpoolmaxprice: '1 RLC',
      category: 0,
      trust: 3,           // two newcomers must agree
      params: { iexec_args: 'reader' },
    },
  },
};
