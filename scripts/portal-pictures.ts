import { main } from "../checks/page/pictures.ts";

main();
