// libp2p uses `Promise.withResolvers` (ES 2024), which Node 20 does not have.
import '@ungap/with-resolvers';
