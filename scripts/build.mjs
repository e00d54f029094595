// npm run build: installs what is missing, then compiles the packages and bundles the studio.
import { build, install, run } from './setup.mjs';

await run(async () => {
  await install();
  await build({ force: true });
});
