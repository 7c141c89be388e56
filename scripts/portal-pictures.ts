import { main } from "../checks/page/pictures.ts";

main(process.argv.slice(2));
