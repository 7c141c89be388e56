import { main } from "../checks/findings/main.ts";

main(process.argv.slice(2));
