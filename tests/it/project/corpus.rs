//! Project files as they were written in 2018 and since: typical ones, not anybody's.

/// Every file, by a name that says its form.
pub(super) const FILES: &[(&str, &str)] = &[
    ("first-ffmpeg.js", FIRST_FFMPEG),
    ("first-r.js", FIRST_R),
    ("first-echo.js", FIRST_ECHO),
    ("2018-ffmpeg.json", FFMPEG),
    ("2018-vanitygen.json", VANITYGEN),
    ("2018-blur-face.json", BLUR_FACE),
    ("2018-stockfish.js", STOCKFISH),
    ("2018-init.json", INIT),
    ("2018-fragment.json", FRAGMENT),
    ("2018-sgx.json", SGX),
    ("2018-everything.js", EVERYTHING),
    ("2019-alpha.json", ALPHA),
    ("2019-feed.json", FEED),
    ("2019-render.json", RENDER),
    ("2021-init.json", MODERN),
    ("2021-builtin.js", BUILTIN),
];

pub(super) const FIRST_FFMPEG: &str = "module.exports = {
  name: 'Ffmpeg',
  app: {
    type: 'DOCKER',
    envvars: 'XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch',
  },
  work: {
    cmdline:'-i small.mp4 small.avi',
    dirinuri:'http://techslides.com/demos/sample-videos/small.mp4',
  }
};
";

const FIRST_R: &str = "// draws an attractor
module.exports = {
  name: 'Attractors',
  app: { type: 'DOCKER', envvars: 'XWDOCKERIMAGE=rocker/r-base' },
  work: {
    cmdline: 'Rscript attract.R -1.2445 -1.2519 -1.8159 -1.9086',
    dirinuri: 'https://example.org/apps/attract.R',
  },
};";

const FIRST_ECHO: &str = "module.exports = {\r
  name: 'FirstTry',\r
  app: {\r
    type: 'DOCKER',\r
    envvars: 'XWDOCKERIMAGE=ubuntu',\r
  },\r
  work: {\r
    cmdline: `echo $HOME it works`,\r
  }\r
};\r
";

pub(super) const FFMPEG: &str = r#"{
  "app": {
    "name": "Ffmpeg",
    "price": 10,
    "params": {
      "type": "DOCKER",
      "envvars": "XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch"
    }
  },
  "order": {
    "buy": {
      "app": "0x6ea8fc79dac2cdb10a1db2e92fa8c8edf1ae4a98",
      "dataset": "0x0000000000000000000000000000000000000000",
      "params": {
        "cmdline": "-i /iexec/small.mp4 /iexec/small.avi",
        "dirinuri": "http://techslides.com/demos/sample-videos/small.mp4"
      }
    }
  }
}
"#;

const VANITYGEN: &str = r#"{
  "description": "Searches for an address that begins as you like. Give it the beginning and wait; the longer the beginning, the longer the wait. One worker is as good as another, but luckier.",
  "license": "MIT",
  "author": "a developer",
  "social": { "website": "https://example.org", "github": "https://github.com/example/vanitygen" },
  "logo": "vanitygen.png",
  "app": {
    "name": "VanityGen",
    "price": 5,
    "params": {
      "type": "DOCKER",
      "envvars": "XWDOCKERIMAGE=example/vanitygen"
    }
  },
  "order": {
    "buy": { "params": { "cmdline": "-o /iexec/result.txt 1ab" } }
  }
}"#;

const BLUR_FACE: &str = r#"{
    "app": {
        "name": "blur face", "price": "2",
        "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=example/blur-face:1.0.2, LANGUAGE=en" },
    },
    "order": {
        "buy": {
            "app": "0x0f0a7ab1f2e4ca0a0b2b04f86ed5e62b0ddf0c4a",
            "params": {
                "cmdline": "./blur.sh team.jpg",
                "dirinuri": "https://example.org/raw/team.zip",
                "app": "0x0f0a7ab1f2e4ca0a0b2b04f86ed5e62b0ddf0c4a"
            }
        }
    }
}"#;

const STOCKFISH: &str = "\u{feff}'use strict';
/* the best move
   after twenty */
module.exports = {
  description: 'A chess engine. ' +
    'It reads a position and writes the best move.',
  app: {
    name: 'Stockfish',
    price: 1,
    params: { type: 'DOCKER', envvars: 'XWDOCKERIMAGE=example/stockfish' }, // from the hub
  },
  order: {
    buy: { params: { cmdline: 'go depth 20 \\u0065\\u{34} \\ud83d\\ude00' } },
    sell: { category: '2', value: 20, workerPool: '0x49327538c2f418743e70ca3495888a62b587a641', volume: 1 },
  },
}
";

const INIT: &str = r#"{
  "app": { "name": "my-dapp", "price": 1, "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=hello-world" } },
  "dataset": { "name": "my-dataset", "price": 2, "params": { "arg1": "value1" } },
  "workerPool": {
    "description": "my-workerpool",
    "subscriptionLockStakePolicy": 100,
    "subscriptionMinimumStakePolicy": 100,
    "subscriptionMinimumScorePolicy": 100
  },
  "category": { "name": "CAT1", "description": "new hub category", "workClockTimeRef": 100 },
  "order": {
    "sell": { "category": 1, "value": 10, "workerPool": "0x0000000000000000000000000000000000000000", "volume": 1 },
    "buy": {
      "app": "0x0000000000000000000000000000000000000000",
      "dataset": "0x0000000000000000000000000000000000000000",
      "params": { "cmdline": "--help" }
    }
  }
}"#;

const FRAGMENT: &str = r#"
  "app": {
    "name": "Gnuplot",
    "price": 10,
    "params": {
      "type": "DOCKER",
      "envvars": "XWDOCKERIMAGE=example/gnuplot"
    }
  },
"#;

const SGX: &str = r#"{
  app: {
    name: "face-swap-sgx",
    price: 100,
    params: { type: "DOCKER", envvars: "XWDOCKERIMAGE=example/face-swap:sgx", neededpackages: "sgx" },
  },
  dataset: { name: "faces", price: 7, params: { uri: "https://data.example.org/faces.zip" } },
  order: { buy: {
    app: "0x01", dataset: "0x91b2f8aa4dda7fe5ae0a4d0dbd9a0f77b0a0d0c1",
    params: { cmdline: "swap", dataset: "0x91b2f8aa4dda7fe5ae0a4d0dbd9a0f77b0a0d0c1" },
  } },
}"#;

const EVERYTHING: &str = "module.exports = {
  name: 'unused', description: 'd', license: 'MIT', author: 'a', logo: 'l.png',
  social: { website: 'w', github: 'g', twitter: 't' },
  default: 'kovan', chains: { kovan: { host: 'h', id: 42, hub: '0x1', scheduler: 's', server: 's' } },
  app: { name: 'A', name: 'all', price: 3, owner: '0x1',
    params: { type: 'DOCKER', envvars: 'XWDOCKERIMAGE=a/b,X=1', neededpackages: 'sgx', other: [1, 2] } },
  dataset: { name: 'D', price: 4, params: { uri: 'http://example.org/d', arg1: 'v' }, extra: null },
  workerPool: { description: 'p', subscriptionLockStakePolicy: 1, subscriptionMinimumStakePolicy: 2,
    subscriptionMinimumScorePolicy: 3 },
  category: { name: 'OWN', description: 'c', workClockTimeRef: '120' },
  order: {
    sell: { category: 9, value: 5, workerPool: '0x2', volume: 7 },
    buy: { app: '0x3', dataset: '0x4', beneficiary: '0x5', callback: '0x6',
      params: { cmdline: 'c', dirinuri: 'http://example.org/in.zip', app: '0x3', dataset: '0x4' } },
    unknown: { a: { b: 1 } },
  },
};";

const ALPHA: &str = r#"{
  "app": {
    "owner": "0x0000000000000000000000000000000000000000",
    "name": "my-app",
    "params": { "type": "DOCKER", "envvars": "XWDOCKERIMAGE=hello-world" },
    "hash": "0x0000000000000000000000000000000000000000000000000000000000000000"
  },
  "order": {
    "apporder": { "dapp": "0x01", "dappprice": "3", "volume": "1", "tag": "0", "datarestrict": "0x0", "poolrestrict": "0x0", "userrestrict": "0x0" },
    "dataorder": { "data": "0x0", "dataprice": "0", "volume": "1", "tag": "0", "dapprestrict": "0x0" },
    "poolorder": { "pool": "0x0", "poolprice": "1", "volume": "1", "category": "1", "trust": "100", "tag": "0" },
    "userorder": {
      "dapp": "0x0", "dappmaxprice": "3", "data": "0x0", "datamaxprice": "0", "pool": "0x0", "poolmaxprice": "1",
      "volume": "1", "category": "1", "trust": "100", "tag": "0", "beneficiary": "0x0", "callback": "0x0",
      "params": "{ cmdline: '--help' }"
    }
  }
}"#;

const FEED: &str = r#"{
  "description": "Prices of a market.",
  "buyConf": {
    "params": "btc usd spot 1d 9 2019-11-10T13:51:00",
    "tag": "0x0000000000000000000000000000000000000000000000000000000000000000",
    "trust": "0",
    "callback": "0x0000000000000000000000000000000000000000"
  },
  "app": {
    "owner": "0xa5581e22e7e80cda4b10e6dd99f5e59e914d15e1",
    "name": "price-feed",
    "type": "DOCKER",
    "multiaddr": "registry.hub.docker.com/example/feed:0.1.2",
    "checksum": "0x0f109ec6d75d3265c890d6a96628ca0df231050237a137a2988d94c299e810d7",
    "mrenclave": ""
  }
}"#;

const RENDER: &str = r#"{
  "buyConf": { "params": "{ \"0\": \"https://example.org/scene.blend\", \"iexec_args\": \"-f 1\" }" },
  "app": { "name": "Render", "type": "DOCKER", "multiaddr": "docker.io/example/render:1.0" },
  "dapps": [{ "name": "x", "addresses": { "5": "0x0" }, "buyConf": {} }]
}"#;

const MODERN: &str = r#"{
  "app": {
    "owner": "0x026ad6ecd5124809d5f3b393f6a94ac195ca55b9", "name": "python-hello-world", "type": "DOCKER",
    "multiaddr": "docker.io/iexechub/python-hello-world:1.0.0",
    "checksum": "0xa28d8ae83ae586b4c8addd60413a8302798891411a8f87b5f0987050d0d73816", "mrenclave": ""
  },
  "dataset": {
    "owner": "0x0", "name": "my-dataset", "multiaddr": "/ipfs/QmW2WQi7j6c7UgJTarActp7tDNikE4B2qXtFCfLPdsgaTQ",
    "checksum": "0x0000000000000000000000000000000000000000000000000000000000000000"
  },
  "workerpool": { "owner": "0x0", "description": "my-workerpool" },
  "category": { "name": "XXL", "description": "new hub category", "workClockTimeRef": "100" },
  "order": {
    "apporder": { "app": "0x0", "appprice": "0", "volume": "1000000", "tag": [], "datasetrestrict": "0x0", "workerpoolrestrict": "0x0", "requesterrestrict": "0x0" },
    "datasetorder": { "dataset": "0x0", "datasetprice": "0", "volume": "1000000", "tag": [], "apprestrict": "0x0" },
    "workerpoolorder": { "workerpool": "0x0", "workerpoolprice": "0", "volume": "5", "category": "0", "trust": "0", "tag": ["tee"] },
    "requestorder": {
      "app": "0x0", "appmaxprice": "0", "dataset": "0x7", "datasetmaxprice": "0", "workerpool": "debug.pools.iexec.eth",
      "workerpoolmaxprice": "0", "volume": "3", "category": "1", "trust": "5", "tag": ["tee", "scone"],
      "beneficiary": "0x8", "callback": "0x9", "salt": "0xa", "sign": "0xb",
      "params": {
        "iexec_args": "--name 'Alice B'",
        "iexec_input_files": ["https://example.org/a.txt", "https://example.org/b.txt"],
        "iexec_result_encryption": false, "iexec_result_storage_provider": "ipfs",
        "iexec_result_storage_proxy": "https://result.example.org", "iexec_developer_logger": true,
        "iexec_secrets": { "1": "my-secret" }
      }
    }
  }
}"#;

pub(super) const BUILTIN: &str = "module.exports = {
  app: { name: 'Counter', type: 'BUILTIN', multiaddr: 'hello' },
  order: { requestorder: { volume: '2', trust: 3, workerpoolmaxprice: '5 nRLC',
    params: { iexec_args: 'all of us' } } },
};
";
